// The matrix of schemes and situations: find a situation by its words, or look at one scheme alone.
const filter = document.querySelector(".matrix-filter")
const table = document.querySelector("table.matrix")
const [search, scheme, status] = ["input", "select", "[role=status]"].map(part => filter.querySelector(part))
const rows = [...table.querySelectorAll("tr[data-words]")]
const known = rows.map(row => (row.cells[0].textContent + " " + row.dataset.words).toLowerCase())

const look = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  rows.forEach((row, number) => { row.hidden = !words.every(word => known[number].includes(word)) })
  for (const body of table.tBodies) body.hidden = !body.querySelector("tr[data-words]:not([hidden])")
  status.textContent = rows.every(row => row.hidden) ? status.dataset.none : ""
}
const only = () => {
  const column = Number(scheme.value)
  for (const row of table.querySelectorAll("tr:not(.group)")) {
    [...row.cells].forEach((cell, number) => { cell.hidden = column > 0 && number > 0 && number !== column })
  }
}
search.addEventListener("input", look)
scheme.addEventListener("change", only)
filter.hidden = false
look()  // a browser may have kept what was chosen before
only()
