// The table of model families: found by words or by what they use. What is chosen stands in the address, which can be sent on.
const form = document.querySelector(".atlas-filter"), table = document.querySelector(".atlas table")
const status = form.querySelector("[role=status]"), fields = [...form.querySelectorAll("[name]")], place = "families"
const bodies = [...table.tBodies], heads = [...table.tHead.rows[0].cells]
const known = bodies.map(body => body.textContent.toLowerCase())

const look = () => {
  const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean)
  const chosen = fields.filter(field => field.name !== "q" && field.value)
  let shown = 0
  bodies.forEach((body, number) => {
    const fits = chosen.every(({ name, value }) => (body.dataset[name] ?? "").split("|").includes(value))
    body.hidden = !(fits && words.every(word => known[number].includes(word)))
    shown += !body.hidden
  })
  status.textContent = status.dataset.said.replace("{shown}", shown).replace("{all}", bodies.length)
}

const sorted = () => heads.find(head => head.ariaSort)
const state = () => {
  const chosen = new URLSearchParams(fields.filter(field => field.value).map(field => [field.name, field.value]))
  if (sorted()) chosen.set("sort", (sorted().ariaSort === "descending" ? "-" : "") + heads.indexOf(sorted()))
  return chosen.size ? `?${chosen}` : ""
}
const write = () => history.replaceState(null, "", `#${place}${state()}`)

// What the address asks for; an unknown value asks for nothing.
const read = () => {
  const [id, query = ""] = location.hash.slice(1).split(/\?(.*)/s), asked = new URLSearchParams(query)
  if (id !== place) return
  for (const field of fields) {
    field.value = asked.get(field.name) ?? ""
    if (field.selectedIndex < 0) field.value = ""
  }
  const [, down, column] = asked.get("sort")?.match(/^(-?)(\d+)$/) ?? [], button = heads[column]?.querySelector("button")
  if (button && !sorted()) for (let click = 0; click < (down ? 2 : 1); click++) button.click()
  look()
  if (query) document.getElementById(place).scrollIntoView()
}

form.addEventListener("input", () => { look(); write() })
form.addEventListener("submit", event => event.preventDefault())
form.addEventListener("reset", () => setTimeout(() => { look(); write() }))
addEventListener("hashchange", read)
look()  // a browser may have kept what was chosen before
read()
table.tHead.addEventListener("click", () => { look(); write() })  // sorting shows all bodies
