// What all live figures share. The first half is pure: numbers, scales and pieces of SVG as strings. The second half
// puts a figure on the page: its controls, its drawing, the sentence that says what is seen, and its state in the address.

export const escape = text => String(text).replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)

// A number as both languages write it: 1,234.50, and a true minus; nothing is "−0.00".
export const number = (x, digits = 0) => {
  if (!Number.isFinite(x)) return x === Infinity ? "∞" : x === -Infinity ? "−∞" : "–"
  const [whole, part] = Math.abs(x).toFixed(digits).split(".")
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "")
  return x < 0 && /[1-9]/.test(text) ? `−${text}` : text
}

// "{m} tokens" with the values put in: one of them is "1 token".
export const fill = (template, values) => template.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all)
  .replace(/(?<![\d.,])1 (token|key|channel|place)s\b/g, "1 $1")

export const scale = ([d0, d1], [r0, r1]) => {
  const place = x => r0 + (x - d0) / (d1 - d0) * (r1 - r0)
  return Object.assign(place, { domain: [d0, d1], range: [r0, r1] })
}

// About `count` round numbers from d0 to d1.
export const ticks = (d0, d1, count = 5) => {
  const rough = (d1 - d0) / count, power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find(factor => factor * power >= rough * 0.999) ?? 10)
  const first = Math.ceil(d0 / step - 1e-9), last = Math.floor(d1 / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)))
}

const short = x => Number(x.toFixed(2))

export const svg = (width, height, content) =>
  `<svg viewBox="0 0 ${short(width)} ${short(height)}" width="${short(width)}" height="${short(height)}" aria-hidden="true">${content}</svg>`

export const polyline = (points, style = "line ink") =>
  `<polyline class="${style}" points="${points.map(([x, y]) => `${short(x)},${short(y)}`).join(" ")}"/>`

export const text = (x, y, string, style = "text ink", anchor = "start") =>
  `<text x="${short(x)}" y="${short(y)}" class="${style}" text-anchor="${anchor}">${escape(string)}</text>`

// The frame of a plot: x and y are scales; their ranges say where it stands.
export const axes = ({ x, y, xlabel = "", ylabel = "", xticks, yticks, xformat = format, yformat = format }) => {
  const [left, right] = x.range, [bottom, top] = y.range, ink = "text muted"
  const vertical = (xticks ?? ticks(...x.domain)).map(t =>
    polyline([[x(t), bottom], [x(t), top]], "line grid") + text(x(t), bottom + 16, xformat(t), ink, "middle"))
  const level = (yticks ?? ticks(...y.domain)).map(t =>
    polyline([[left, y(t)], [right, y(t)]], "line grid") + text(left - 6, y(t) + 4, yformat(t), ink, "end"))
  return vertical.join("") + level.join("") + polyline([[left, top], [left, bottom], [right, bottom]], "line thin muted") +
    text((left + right) / 2, bottom + 33, xlabel, ink, "middle") + text(left, top - 8, ylabel, ink)
}
const format = t => number(t, Math.min(6, (String(t).split(".")[1] ?? "").length))

// State and address ------------------------------------------------------

// What the fragment of an address says of this figure: raw texts by key, or null if it speaks of something else.
export const asked = (hash, name) => {
  const [place, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s)
  if (place !== `figure-${name}`) return null
  const pairs = query.split("&").map(pair => pair.split(/=(.*)/s)).filter(([key, value]) => key && value !== undefined)
  return Object.fromEntries(pairs.flatMap(([key, value]) => {
    try { return [[decodeURIComponent(key), decodeURIComponent(value)]] } catch { return [] }
  }))
}

// A raw text as a value of the type of `like`; undefined if it is none.
const typed = (raw, like) => {
  if (typeof like === "number") return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(raw) && Number.isFinite(Number(raw)) ? Number(raw) : undefined
  if (typeof like === "boolean") return { true: true, false: false }[raw]
  if (typeof like === "string") return /^[\w.+-]{0,40}$/.test(raw) ? raw : undefined
  const parts = raw === "" ? [] : raw.split(",").slice(0, 64).map(part => typed(part, like[0] ?? ""))
  return parts.includes(undefined) ? undefined : parts
}

// Whether what a control lets the reader choose includes the value.
const offered = (control, value) => {
  if (control.kind === "choice") return control.options.some(([option]) => option === value)
  if (control.kind !== "range") return true
  if (control.values) return control.values.includes(value)
  const { min, max, step = 1 } = control, steps = (value - min) / step
  return value >= min && value <= max && (step === "any" || Math.abs(steps - Math.round(steps)) < 1e-6)
}

// The state that raw texts ask for; whatever is malformed, unknown or out of range is as it is by default.
export const restored = (module, raw, words, data) => {
  const found = { ...module.state }
  for (const key of Object.keys(module.state)) {
    const value = Object.hasOwn(raw, key) ? typed(raw[key], module.state[key]) : undefined
    if (value !== undefined) found[key] = value
  }
  try {
    for (let again = 0; again < 3; again++) {
      const bad = module.controls(found, words, data).filter(control => control.key && !control.item && !offered(control, found[control.key]))
      if (!bad.length) {
        if (module.valid && !module.valid(found, data)) break
        module.say(found, words, data)
        module.draw(found, words, { width: 600, data })
        return found
      }
      for (const { key } of bad) found[key] = module.state[key]
    }
  } catch { /* it asks for what the figure cannot show */ }
  return { ...module.state }
}

// The state as it is seen: a slider that has become shorter stands at its end.
export const shown = (module, state, words, data) => module.controls(state, words, data).reduce((found, { kind, key, values, min, max }) =>
  kind === "range" && !values ? { ...found, [key]: Math.max(min, Math.min(max, found[key])) } : found, state)

// The fragment that restores a state: only what differs from the defaults.
export const fragment = (name, state, defaults) => {
  const changed = Object.keys(defaults).filter(key => String(state[key]) !== String(defaults[key]))
  const pairs = changed.map(key => `${encodeURIComponent(key)}=${encodeURIComponent(state[key]).replaceAll("%2C", ",")}`)
  return `#figure-${name}${pairs.length ? "?" : ""}${pairs.join("&")}`
}

// On the page ---------------------------------------------------------------

const OWN = {
  en: { reset: "Reset", link: "Copy a link to this view", copied: "Copied", there: "The address of this page leads to this view" },
  ko: { reset: "처음으로", link: "이 화면의 링크 복사", copied: "복사했습니다", there: "지금 주소창의 주소가 이 화면의 링크입니다" },
}

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

export const styled = new Promise((done, failed) => {
  if (typeof document === "undefined") return
  const link = element("link", { rel: "stylesheet", href: new URL("marks.css", import.meta.url), onload: done })
  link.onerror = () => failed(new Error("marks.css could not be loaded"))
  document.head.append(link)
})

// One control: its element, and what shows the state on it.
const builders = {
  range: (set, at) => {
    const input = element("input", { type: "range" }), name = element("span"), value = element("output")
    input.addEventListener("input", () => {
      const { key, values } = at()
      set({ [key]: values ? values[input.valueAsNumber] : input.valueAsNumber })
    })
    const show = ({ key, label, min, max, step = 1, values, value: said }, state) => {
      const shown = values ? { min: 0, max: values.length - 1, step: 1, value: values.indexOf(state[key]) } : { min, max, step, value: state[key] }
      for (const side of ["min", "max", "step", "value"]) if (input[side] !== String(shown[side])) input[side] = shown[side]
      input.setAttribute("aria-valuetext", said)
      name.textContent = label
      value.textContent = said
    }
    return { whole: element("label", { className: "range" }, name, input, value), show }
  },
  choice: (set, at) => {
    const select = element("select"), name = element("span")
    let listed
    select.addEventListener("change", () => {
      const [option, , values] = at().options[select.selectedIndex]
      set(values ?? { [at().key]: option })
    })
    const show = ({ key, label, options, chosen }, state) => { // without a key an option has the values that it sets
      if (listed !== (listed = JSON.stringify(options))) select.replaceChildren(...options.map(([, words]) => element("option", {}, words)))
      select.selectedIndex = options.findIndex(([option]) => option === (chosen ?? state[key]))
      name.textContent = label
    }
    return { whole: element("label", { className: "choice" }, name, select), show }
  },
  toggle: (set, at, state) => {
    const box = element("input", { type: "checkbox" }), name = element("span")
    box.addEventListener("change", () => {
      const { key, item } = at(), others = item === undefined ? [] : state()[key].filter(one => one !== item)
      set({ [key]: item === undefined ? box.checked : box.checked ? [...others, item] : others })
    })
    const show = ({ key, item, label }, state) => {
      box.checked = item === undefined ? state[key] : state[key].includes(item)
      name.textContent = label
    }
    return { whole: element("label", { className: "toggle" }, box, name), show }
  },
  button: (set, at) => {
    const button = element("button", { type: "button", className: "md-button" })
    button.addEventListener("click", () => set(at().set))
    return { whole: button, show: ({ label }) => { button.textContent = label } }
  },
}

// Neighbours of one group stand together, under its name.
const packed = (controls, shown) => shown.reduce((parts, { whole }, place) => {
  const { group } = controls[place], last = parts.at(-1)
  if (!group) return [...parts, whole]
  if (last?.ariaLabel !== group) return [...parts, element("div", { className: "many", role: "group", ariaLabel: group }, whole)]
  last.append(whole)
  return parts
}, [])

// Show a drawing in place of another: of what stands in both nothing is laid out or painted again.
const replace = (drawing, drawn) => {
  const [old] = drawing.children
  if (old?.children.length !== drawn.children.length || !old.cloneNode().isEqualNode(drawn.cloneNode())) return drawing.replaceChildren(drawn)
  const parts = [...drawn.children];
  [...old.children].forEach((part, place) => { if (!part.isEqualNode(parts[place])) part.replaceWith(parts[place]) })
}

const mount = (figure, name, module, data, hash) => {
  const language = document.documentElement.lang === "ko" ? "ko" : "en", words = module.words[language], own = OWN[language]
  let state = restored(module, asked(hash, name) ?? {}, words, data), built = "", made = [], width = 0, unit = 1, frame = 0, timer = 0

  const panel = element("div", { className: "controls" }), drawing = element("div", { className: "drawing" })
  const says = element("p", { className: "says" }), note = element("span", { role: "status" })
  const reset = element("button", { type: "button", className: "md-button" }, own.reset)
  const link = element("button", { type: "button", className: "md-button" }, own.link)
  const live = element("div", { className: "live" }, panel, drawing, says, element("div", { className: "tools" }, reset, link, note))
  says.setAttribute("aria-live", "polite")
  live.setAttribute("role", "group")
  live.setAttribute("aria-label", figure.querySelector(".number")?.textContent ?? name)

  const render = () => {
    frame = 0
    const controls = module.controls(state, words, data), kinds = controls.map(({ kind, key, item }) => `${kind} ${key} ${item}`).join()
    if (kinds !== built) {
      const focused = made.findIndex(({ whole }) => whole.contains(document.activeElement))
      built = kinds
      made = controls.map(({ kind }, place) => builders[kind](change, () => module.controls(state, words, data)[place], () => state))
      panel.replaceChildren(...packed(controls, made))
      if (focused >= 0) (made[focused] ?? made[0]).whole.querySelector("input, select")?.focus()
    }
    controls.forEach((control, place) => made[place].show(control, state))
    const drawn = element("template", { innerHTML: module.draw(state, words, { width: width / unit, data }) }).content.firstChild
    for (const side of ["width", "height"]) drawn.setAttribute(side, drawn.getAttribute(side) * unit)
    replace(drawing, drawn)
    const sentence = module.say(state, words, data)
    if (says.firstChild?.data === sentence) return
    says.textContent = sentence
    says.style.minHeight = `${says.offsetHeight}px` // what stands below does not come up again
  }
  const soon = () => { frame ||= requestAnimationFrame(render) }
  const here = () => fragment(name, shown(module, state, words, data), module.state)
  const remember = () => {
    try { history.replaceState(history.state, "", here()) } catch { /* too often for this browser */ }
  }
  const change = values => {
    for (const key of Object.keys(values)) if (Object.hasOwn(state, key)) state = { ...state, [key]: values[key] }
    note.textContent = ""
    soon()
    clearTimeout(timer)
    timer = setTimeout(remember, 300)
  }
  drawing.addEventListener("click", ({ target }) => {
    const hit = target.closest("[data-set]")
    if (hit) change(JSON.parse(hit.dataset.set))
  })
  reset.addEventListener("click", () => change(module.state))
  link.addEventListener("click", async () => {
    remember()
    try {
      await navigator.clipboard.writeText(location.href.replace(/#.*|$/s, here()))
      note.textContent = own.copied
    } catch {
      note.textContent = own.there
    }
  })
  addEventListener("hashchange", () => {
    const raw = asked(location.hash, name)
    if (!raw) return
    clearTimeout(timer)
    if (!location.hash.includes("?")) return remember()
    state = restored(module, raw, words, data)
    soon()
    figure.scrollIntoView()
  })

  const caption = figure.querySelector("figcaption"), [see, ...rest] = (words.caption ?? "").split(/(?<=[.?!]) /)
  if (words.caption && caption) { // the other one stays for print
    const [first, ...others] = caption.childNodes, still = element("span", { className: "still" }, ...others)
    caption.replaceChildren(first, still, element("span", { className: "moving" }, " ", element("strong", {}, see), ` ${rest.join(" ")}`))
  }
  figure.querySelector(":scope > p").after(live)
  const fit = () => {
    const room = drawing.clientWidth
    unit = Math.min(parseFloat(getComputedStyle(document.documentElement).fontSize) / 20, Math.max(1, room / 300)) // letters grow where they have room
    if (room < 100 || room === width) return // not laid out yet, or as it was
    width = room
    says.style.minHeight = ""
    cancelAnimationFrame(frame)
    render()
  }
  figure.classList.add("lives")
  try { fit(); if (!width) { width = 600; render() } } catch (error) {
    figure.classList.remove("lives")
    live.remove()
    throw error
  }
  new ResizeObserver(fit).observe(drawing)
}

// Let the live figure take the place of the static one, which stays if anything is missing.
export const start = async (figure, hash) => {
  const name = figure.dataset.live
  try {
    const stored = figure.dataset.stored && fetch(new URL(figure.dataset.stored, import.meta.url)).then(answer => answer.json())
    const [module, data] = await Promise.all([import(`./${name}.js`), stored, styled])
    mount(figure, name, module, data, hash)
  } catch (error) {
    console.warn(`The figure ${name} stays as it is drawn:`, error)
  }
}
