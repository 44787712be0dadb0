// The element that the address leads to; what follows a question mark there is the state of a live figure.
const aimed = () => {
  const id = location.hash.slice(1).split("?")[0]
  try { return document.getElementById(decodeURIComponent(id)) } catch { return null }
}

// The language switch keeps the heading you are at.
for (const link of document.querySelectorAll(".language-link")) {
  link.addEventListener("click", () => { link.hash = location.hash })
}

// The address of a section that has moved to another page: go on to where it is.
const goOn = () => {
  const link = aimed()?.closest("a.moved")
  if (link) location.replace(link.href.replace(/#.*/, location.hash))
}
goOn()
addEventListener("hashchange", goOn)

// A table of class "sortable": a click on a column's head orders all its bodies, whatever their group, by that column of
// their first rows, a second one turns them round, and a third one brings the groups back.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], bodies = [...table.tBodies], turned = { ascending: "descending", descending: null }
  heads.forEach((head, column) => {
    if ("noOrder" in head.dataset) return
    const button = document.createElement("button")
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort"), order = before ? turned[before] : "ascending"
      heads.forEach(other => other.removeAttribute("aria-sort"))
      if (order) head.setAttribute("aria-sort", order)
      const value = body => { const cell = body.rows[0].cells[column]; return cell.dataset.sort ?? cell.textContent }
      const sign = order === "descending" ? -1 : 1
      const rows = bodies.filter(body => body.className !== "group")
      rows.sort((a, b) => sign * value(a).localeCompare(value(b), undefined, { numeric: true }))
      bodies.forEach(body => { body.hidden = order && body.className === "group" })
      table.append(...order ? rows : bodies)
    })
  })
}

// The keyboard stops at a formula or at the table of schemes only where it is wider than the screen and can be moved.
// What is far from the screen has not been laid out yet and is measured when it comes near.
const near = new IntersectionObserver(entries => {
  const seen = entries.filter(entry => entry.isIntersecting).map(entry => entry.target)
  const narrow = seen.filter(wide => wide.scrollWidth <= wide.clientWidth && wide !== document.activeElement)
  narrow.forEach(wide => wide.removeAttribute("tabindex"))
  seen.forEach(wide => near.unobserve(wide))
}, { rootMargin: "100%" })
document.querySelectorAll(".katex-display, .schemes-table").forEach(wide => near.observe(wide))

// What comes near is laid out then, and may move the heading that a link has led to: stay there until the reader moves.
let led = true
const stay = () => {
  const target = led && aimed()
  if (target && Math.abs(target.getBoundingClientRect().top) < 200) target.scrollIntoView()
}
const later = what => requestAnimationFrame(() => requestAnimationFrame(what))
addEventListener("contentvisibilityautostatechange", () => later(stay), true)
addEventListener("hashchange", () => { led = true })
for (const sign of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(sign, () => { led = false }, { passive: true })

// A figure that is live comes with the scripts it needs when it is near the screen, and shows what the address asked for.
const figures = document.querySelectorAll("figure[data-live]")
if (figures.length && location.protocol !== "file:") {
  const hash = location.hash, site = document.documentElement.lang === "en" ? "../" : "../../../assets/"
  const kit = new URL(`${site}live/kit.js`, document.currentScript.src)
  const wake = new IntersectionObserver(entries => {
    for (const { target } of entries.filter(entry => entry.isIntersecting)) {
      wake.unobserve(target)
      import(kit).then(({ start }) => start(target, hash)).then(() => {
        if (led && aimed() === target) target.scrollIntoView()
      }).catch(console.warn)
    }
  }, { rootMargin: "100%" })
  figures.forEach(figure => wake.observe(figure))
  if (hash.includes("?")) aimed()?.scrollIntoView()
}

// While the palette changes nothing fades. The rule is about every element, so it is made by the first change.
document.querySelector("[data-md-component=palette]")?.addEventListener("change", () => {
  const sheet = new CSSStyleSheet(), changing = "[data-md-color-switching]"
  sheet.replaceSync(`${changing} *, ${changing} ::before, ${changing} ::after { transition-duration: 0ms !important }`)
  document.adoptedStyleSheets.push(sheet)
}, { capture: true, once: true })

// On a narrow screen the bar under the header names the section you are in, and closes when you have chosen another.
const sections = document.querySelector(".sections")
if (sections) {
  const name = sections.querySelector("span"), unnamed = name.textContent, links = [...sections.querySelectorAll("a")]
  const say = () => {
    if (!sections.offsetHeight) return
    const edge = sections.getBoundingClientRect().bottom + 40
    const top = link => document.getElementById(decodeURIComponent(link.hash.slice(1))).getBoundingClientRect().top
    const here = links.findLast(link => top(link) < edge), text = here ? here.textContent : unnamed
    if (name.textContent === text) return
    name.textContent = text
    links.forEach(link => link.removeAttribute("aria-current"))
    here?.setAttribute("aria-current", "true")
  }
  addEventListener("scroll", () => requestAnimationFrame(say), { passive: true })
  addEventListener("click", ({ target }) => { if (target.closest("a") || !sections.contains(target)) sections.open = false })
  requestAnimationFrame(say)
}

// The theme puts each copy button into a <nav>, when its block comes near the screen, but a page of thirty blocks has no
// thirty navigations.
new MutationObserver(changes => {
  for (const { addedNodes } of changes) for (const node of addedNodes) {
    if (node.className === "md-code__nav") node.setAttribute("role", "presentation")
  }
}).observe(document.querySelector("article"), { childList: true, subtree: true })

// Read from disk, there is no server that makes a page of a folder's name, and no search but that of the zip.
if (location.protocol === "file:") {
  document.documentElement.classList.add("from-disk")
  const complete = link => {
    if (link?.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html"
  }
  for (const link of document.links) complete(link)
  addEventListener("click", ({ target }) => complete(target.closest("a")), true)  // what search has found
}
