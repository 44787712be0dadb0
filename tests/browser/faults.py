"""What axe calls serious, and two landmarks of one name."""

from axe_playwright_python.base import AXE_SCRIPT

# Contrast is most of axe's work. So of many letters of one colour, size and weight on the same layers, those of one
# element are judged. Where axe cannot tell (other letters are in the way), the rest of the kind is judged as well.
# Of single letters, of bare punctuation and of what cannot be seen axe never says that they are too pale.
# A link in a sentence must be told apart by more than its colour: more than axe asks, and sooner seen than colours.
FAULTS = """async options => {
  const layers = new Map([[null, ""]])
  const below = element => {
    if (!layers.has(element)) {
      const s = getComputedStyle(element)
      const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode, s.position, s.clipPath]
      const plain = own.join() === "rgba(0, 0, 0, 0),none,1,none,normal,static,none"
      layers.set(element, below(element.parentElement) + (plain ? "" : own + "|"))
    }
    return layers.get(element)
  }
  const kinds = {}
  for (const element of document.body.querySelectorAll("*")) {
    const nodes = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
    const text = nodes.map(node => node.data).join("").trim()
    const judged = element.matches("input, select, textarea") || !/^.?$|^[\\s!-\\/:-@[-`{-~]+$/.test(text)
    const seen = element.checkVisibility({visibilityProperty: true, opacityProperty: true})
    const hidden = !seen || below(element).includes("inset(50%)")
    if (!judged || hidden) continue
    const s = getComputedStyle(element), symbols = !/[a-z0-9가-힣]/i.test(text)
    const size = [14, 18].filter(points => parseFloat(s.fontSize) >= points / .75).length  // of which contrast is asked
    const kind = [below(element), s.color, size, s.fontWeight, s.textShadow, s.webkitTextStroke, symbols].join()
    ;(kinds[kind] ??= []).push(element)
  }
  axe.configure({rules: [
    {id: "color-contrast", selector: "[data-judge]"},
    {id: "link-in-text-block", any: ["link-in-text-block-style"]}
  ]})
  const judge = (elements, options) => {
    document.querySelectorAll("[data-judge]").forEach(element => element.removeAttribute("data-judge"))
    elements.forEach(element => element.setAttribute("data-judge", ""))
    return axe.run({resultTypes: ["violations", "passes"], elementRef: true, selectors: false, ...options})
  }
  const all = Object.values(kinds).map(kind => kind.sort((a, b) => a.childElementCount - b.childElementCount))
  const found = await judge(all.flatMap(kind => kind.length > 4 ? kind[0] : kind), options)
  const told = new Set([...found.violations, ...found.passes].filter(rule => rule.id === "color-contrast")
    .flatMap(rule => rule.nodes.map(node => node.element)))
  const rest = all.filter(kind => kind.length > 4 && !told.has(kind[0])).flatMap(kind => kind.slice(1))
  const more = rest.length ? await judge(rest, {runOnly: ["color-contrast"]}) : {violations: []}
  return [...found.violations, ...more.violations]
    .filter(rule => /serious|critical/.test(rule.impact) || rule.id === "landmark-unique")
    .map(rule => `${rule.id}: ` + rule.nodes.slice(0, 3).map(({html, failureSummary}) =>
      `${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`).join("; "))
}"""


# The rule "region" takes long and is never more than moderate.
ALL = {"rules": {"region": {"enabled": False}}}

# What another palette changes: colours, the images it shows, and the switch that leads back.
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block", "image-alt", "role-img-alt", "svg-img-alt", "label"]}


def faults(page, rules=ALL) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(FAULTS, rules)
