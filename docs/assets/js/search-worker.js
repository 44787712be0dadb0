// Search. The theme talks to this worker as it does to its own: it sends the index (type 0) and is told that it is
// ready (1); it sends a query (2) and gets what was found (3), a list of pages, each a list of sections, best first.
//
// The index is small enough to be read through for every query. So nothing is stemmed beforehand: each word of a query
// has forms, from the word as it is typed to its inflections and other spellings, each a regular expression.

const HANGUL = /[가-힣]/

// Words that say how one asks, not what for: they count in titles alone.
const ASKING = new Set(`a about all am an and any are as at be but by can could did do does explain for from
  get had has have how i if in into is it its just like me must my no not of on one or our please properly should
  so some tell than that the their them then there these they this those to us use used using vs was way we were
  what when where which while who why will with would you your 같은 것 게 그냥 그리고 꼭 다 대해 되나 되나요 되는
  되는가 되는지 될까 됩니까 때 무슨 무엇 무엇을 무엇인가요 뭐 뭐야 뭔가 뭔가요 뭘 방법 법 설명 수 안 알려줘 어느
  어떤 어떻게 얼마나 왜 이 이게 이유 있나 있나요 있는 잘 정말 제대로 좀 하나 하나요 하는 하는가 하는지 하면 한 할
  할까 할까요 합니까 해 해야`.split(/\s+/))

const PARTICLES = "이라는|이라고|이라면|에서는|에서도|에서의|으로는|으로도|으로의|입니까|인가요|이에요|으로|에서|에게|에는|에도|" +
  "까지|부터|처럼|보다|마다|이나|이란|라는|라고|이며|이고|이면|인가|예요|이랑|란|을|를|이|가|은|는|의|에|로|와|과|도|만|들"
const PARTICLE = new RegExp(`(?:${PARTICLES})$`)
const ENDING = new RegExp("(?:하|되|한|된|할|될|인|합|됩)?" +
  "(?:나요|가요|까요|니까|습니까|니다|습니다|는가|는지|은가|면|려면|아요|어요|해요|돼요|기|고)$")
const SUFFIX = /(?:at(?:ions?|ing|ed|es?)|ions?|ional|ings?|[ai]ble|[ae]nces?|ies|ally|al|[eo]rs?|ed|es|ly|e|s|y)$/

// One word in several spellings or scripts, of which a page prints one.
const SAME = `bf16 bfloat16|fp16 float16|fp32 float32|sdpa scaled_dot_product_attention|로프 rope|로터리 rotary|얀 yarn|
  알리비 alibi|노프 nope|라마 llama|젬마 gemma|버트 bert|큐원 qwen|지피티 gpt|미스트랄 mistral|케이브이 kv|파이토치 pytorch torch|
  깃허브 github|레이어 층 layer|로컬 지역 local|글로벌 전역 global|패킹 packing|윈도우 윈도 window|포지셔널 포지션 위치|
  에러 오류 error|인덱스 index|그라디언트 그래디언트 gradient|다운로드 내려받|동영상 비디오 video|비전 vision`
  .split(/\|\s*/).map(line => line.split(" "))

// A page that explains comes before one that lists; what is not named here counts 1.
const PAGES = { "": 0.8, chapters: 1.1, schemes: 1.1, answers: 1.2, claims: 0.9, labs: 0.75, notation: 0.25,
  practice: 1.1, "measured/conformance/": 0.6, "atlas/models/": 0.6, "atlas/porting/": 0.6, references: 0.1 }
const SECTIONS = { file: 0.7, limits: 0.7 }

const FIELDS = ["title", "also", "text", "names", "defines"]
const [TITLE, ALSO, TEXT, NAMES, DEFINES] = FIELDS.keys()
const NOWHERE = FIELDS.map(() => [])

let sections, length, everything, starts, vocabulary, memory

const fold = text => text.toLowerCase().replace(/[−–‑]/g, "-")
const rarity = count => Math.log((sections.length + 1) / (count + 0.5))
const sum = numbers => numbers.reduce((a, b) => a + b, 0)

function setup({ config, docs }) {
  let page
  const words = new Map([...config.signs].map((sign, number) => [sign, config.words[number]]))
  const spelt = text => text.replace(/[\u00a1-\u052f]/g, sign => words.get(sign) ?? sign)
  sections = docs.map(values => {
    const doc = Object.fromEntries(config.fields.map((field, number) => [field, spelt(values[number] ?? "")]))
    const id = doc.location.split("#")[1], top = id === undefined
    if (!top) doc.location = page.doc.location + doc.location
    const section = { doc, kind: doc.location.split(/[#/]/)[0], folded: FIELDS.map(field => fold(doc[field])) }
    if (top) page = section
    section.page = page
    // other names: those of the table of other names, and the id that its author gave it
    for (const name of [doc.other, id?.replace(/^ask-|^claim-.*/, "").replace(/-/g, " ")]) {
      if (name) section.folded[ALSO] += ", " + fold(name)
    }
    const detail = section.kind === "schemes" && !top ? 0.8 : 1  // each scheme has the same sections
    section.prior = (PAGES[doc.location.split("#")[0]] ?? PAGES[section.kind] ?? 1) * (SECTIONS[id] ?? 1) * detail
    return section
  })
  length = sum(sections.map(({ folded }) => folded[TEXT].length)) / sections.length
  const fields = sections.flatMap(({ folded }) => folded)
  everything = fields.join("\n")
  starts = [0]
  for (const field of fields) starts.push(starts.at(-1) + field.length + 1)
  vocabulary = undefined
  memory = new Map()
}

// ---- The words of a query and their forms

function wordsOf(query) {
  const typed = fold(query.normalize("NFC")).split(/[^\p{L}\p{N}_.-]+/u)
    .flatMap(word => word.replace(/([a-z_]|\d\d)(?=[가-힣])|([가-힣])(?=[a-z0-9])/g, "$& ").split(" "))
    .map(word => word.replace(/^[-.]+|[-.]+$/g, "")).filter(Boolean).flatMap(apart).slice(0, 24)
  const isAsking = (text, n) => ASKING.has(text) || n > 0 && text.replace(PARTICLE, "") === ""
  const words = typed.map((text, n) => ({ text, asking: isAsking(text, n) }))
  if (words.every(word => word.asking)) for (const word of words) word.asking = false
  for (const [n, word] of words.entries()) {
    const all = word.asking ? [found(whole(plain(word.text)), 1)] : forms(word.text, n === words.length - 1)
    word.forms = all.filter(form => form.count)
    const close = word.forms.filter(form => form.weight > 0.7), counted = close.length ? close : word.forms
    word.rarity = rarity(new Set(counted.flatMap(form => word.asking ? form.inTitles : [...form.places.keys()])).size)
  }
  return words
}

// A Korean compound that no page holds, as the two words it is made of if both are known.
function apart(text) {
  const listed = part => ASKING.has(part) || SAME.some(row => row.includes(part))
  const begins = part => listed(part) || found(part, 1).count > 0
  if (!/^[가-힣]{4,}$/.test(text) || found([...text.replace(PARTICLE, "")].join(" ?"), 1, true).count) return [text]
  const cuts = [...Array(text.length - 3).keys()].map(n => [text.slice(0, n + 2), text.slice(n + 2)])
  return cuts.find(([a, b]) => begins(a) && (begins(b) || begins(b.replace(PARTICLE, "") || b))) ?? [text]
}

const plain = text => text.replace(/[.]/g, "\\.")
const whole = source => `(?:${source})(?![a-z0-9])`

function forms(text, last) {
  const own = HANGUL.test(text) ? korean(text) : english(text, last)
  const bare = text.replace(PARTICLE, ""), row = SAME.find(row => row.includes(text) || row.includes(bare)) ?? []
  const others = row.filter(word => word !== text && word !== bare)
  const same = others.flatMap(word => (HANGUL.test(word) ? korean : english)(word).slice(0, 2))
  return [...own, ...same.map(form => ({ ...form, weight: 0.95 * form.weight }))]
}

// m-rope, m rope and mrope are one word, and so are "extrapolating" and "extrapolation", which begin alike.
function english(text, last) {
  const list = [[whole(plain(text)), 1]], bare = text.replace(/[-_.]/g, "")
  if (bare !== text) list.push([whole(text.split(/[-_.]+/).join("[-_. ]{0,3}")), 0.95])
  if (bare.length > 3) list.push([whole([...bare].join("[-_. ]?")), 0.95])
  if (/^[a-z]+$/.test(text)) {
    const root = text.replace(SUFFIX, ""), stem = root.length > 3 ? root.replace(/([^aeiouls])\1$/, "$1") : text
    list.push([whole(text + "e?s"), 0.9])
    if (stem.length > 2) list.push([whole(`${stem}[a-z]{0,${stem === text ? 3 : 5}}`), 0.75])
  }
  if (text.length > 2 || last) list.push([`${plain(text)}[a-z0-9_]*`, last ? 0.45 : 0.3])
  const known = list.map(([source, weight]) => found(source, weight))
  return known.some(form => form.count) || !/^[a-z]{5,}$/.test(text) ? known : respelt(text)
}

// A Korean word is looked for with or without spaces, without its particle or ending, and at last by its beginning.
function korean(text) {
  const find = (part, weight) => {
    const spaced = [...part].join(part.length > 2 ? " ?" : "")
    const list = [found(`${spaced}(?=(?:${PARTICLES})?(?![가-힣]))`, weight)]
    if (part.length > 1) list.push(found(spaced, 0.85 * weight), found(spaced, 0.65 * weight, true))
    return list
  }
  const roots = [text.replace(PARTICLE, ""), text.replace(ENDING, "")].filter(root => root.length > 1 && root !== text)
  const known = [...find(text, 1), ...roots.flatMap(root => find(root, 0.95))]
  const shortest = !known.some(form => form.count) ? 2 : text.length > 3 ? text.length - 2 : text.length
  const less = known.some(form => form.count) ? 0.4 : 0.8
  for (let n = text.length - 1; n >= shortest; n--) {
    known.push(...find(text.slice(0, n), less * (n / text.length) ** 1.5))
  }
  return known
}

// A word that no page knows may be a known one with a letter wrong, too many, too few, or two that changed places.
function respelt(text) {
  vocabulary ??= [...new Set(everything.match(/[a-z]{4,}/g))]
  const allowed = text.length > 7 ? 2 : 1
  const alike = word => word[0] === text[0] && Math.abs(word.length - text.length) < 2
  const near = vocabulary.filter(word => alike(word) && distance(word, text) <= allowed)
  return near.map(word => found(whole(word), 0.7))
}

function distance(a, b) {
  const rows = [[...Array(b.length + 1).keys()]]
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) {
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] !== b[j - 1]))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1)
    }
  }
  return rows[a.length][b.length]
}

// Where a regular expression matches at the beginning of a word, or anywhere: for each section in which it does, the
// spans in each of its fields.
function found(source, weight, anywhere = false) {
  const key = source + anywhere
  if (!memory.has(key)) {
    if (memory.size > 600) memory.clear()
    const places = new Map(), inside = HANGUL.test(source) ? HANGUL : /[a-z0-9]/
    let field = 0
    for (const { 0: text, index } of everything.matchAll(new RegExp(source, "g"))) {
      if (!anywhere && inside.test(everything[index - 1] ?? "")) continue
      while (starts[field + 1] <= index) field++
      const section = sections[Math.floor(field / FIELDS.length)], start = index - starts[field]
      if (!places.has(section)) places.set(section, FIELDS.map(() => []))
      places.get(section)[field % FIELDS.length].push([start, start + text.length])
    }
    const inTitles = [...places].filter(([, spans]) => spans[TITLE].length).map(([section]) => section)
    memory.set(key, { places, count: places.size, inTitles })
  }
  return { weight, ...memory.get(key) }
}

// ---- Ranking

function search(query) {
  const words = wordsOf(query), wanted = words.filter(word => !word.asking)
  const candidates = new Set(wanted.flatMap(word => word.forms.flatMap(form => [...form.places.keys()])))
  const results = [...candidates].map(section => rank(section, words)).sort((a, b) => b.score - a.score)
  const groups = new Map()
  for (const result of results) {
    if (groups.size > 7 && result.score < 0.03 * results[0].score) break
    const { page } = result.section
    groups.set(page, [...groups.get(page) ?? [], result])
  }
  return { items: [...groups].slice(0, 30).map(([page, list]) => {
    if (!list.some(result => result.section === page)) list.push({ section: page, score: 0, hits: new Map() })
    return list.map(result => show(result, wanted))
  }) }
}

function rank(section, words) {
  const known = words.filter(word => !word.asking && word.forms.length), asking = words.filter(word => word.asking)
  const hits = new Map(known.map(word => [word, best(section, word)]).filter(([, hit]) => hit))
  const all = [...hits.values()]
  let score = sum(all.map(hit => hit.strength))

  // a title, or another name, that the query says whole
  const asked = asking.flatMap(word => word.forms.map(form => form.places.get(section) ?? NOWHERE))
  const said = [...all.map(hit => hit.spans), ...asked]
  const saysAll = field => known.every(word => hits.get(word)?.spans[field].length)
  const named = [share(section, TITLE, said) ** 2, (saysAll(ALSO) ? 0.9 : 0.3) * share(section, ALSO, said) ** 5]
  const titled = all.filter(hit => hit.spans[TITLE].length + hit.spans[ALSO].length)
  score += 4 * Math.max(...named) * sum(titled.map(hit => hit.weight * hit.rarity))
  const inTitle = word => word.forms.some(form => form.inTitles.includes(section))
  score += 0.4 * sum(asking.filter(inTitle).map(word => word.rarity))
  const isName = [TITLE, ALSO].some((field, n) => named[n] > 0.8 && saysAll(field))
  if (section.page === section && isName) score *= 2

  // how much of the query is here, how close together, and on what kind of page
  const here = sum([...hits].map(([word, hit]) => word.rarity * hit.weight ** 0.5))
  const least = section.page === section && named[0] === 1 ? 0.7 : 0  // the page of that name
  score *= Math.max(here / sum(known.map(word => word.rarity)), least) ** 2
  score *= section.prior * (1 + 0.4 * together(known, hits))
  if (section.kind === "answers" && asking.length) score *= 1.2
  if (section.kind === "references") {
    const query = words.map(word => word.text).join(" ")
    if (words.length > 2 && section.folded[TEXT].includes(query)) score *= 10
    else if (/\b(19|20)\d\d\b/.test(query)) score *= 5
  }
  return { section, score, hits }
}

// What a section holds of a word in the form that counts most, with the spans of all forms that count nearly as much.
function best(section, { forms, rarity }) {
  const { page, folded } = section, seen = []
  const isWord = ([start, end]) => /^ *$/.test((folded[DEFINES][start - 1] ?? "") + (folded[DEFINES][end] ?? ""))
  for (const { places, weight } of forms) {
    const spans = places.get(section) ?? NOWHERE, above = page !== section && places.get(page)
    const inherited = above && above[TITLE].length + above[ALSO].length ? 1 : 0  // its page is about it
    if (spans === NOWHERE && !inherited) continue
    const [title, also, text, names] = spans.map(list => list.length)
    const worth = 3 * (title > 0) + Math.min(2, 0.6 * rarity) * also / (also + 0.7) + inherited + (names > 0) +
      2.5 * spans[DEFINES].some(isWord) + text / (text + 0.6 + folded[TEXT].length / length)
    seen.push({ strength: weight * rarity * worth, weight, spans })
  }
  if (!seen.length) return
  const most = seen.reduce((a, b) => b.strength > a.strength ? b : a)
  const alike = seen.filter(hit => hit.weight > 0.7 * most.weight)
  return { ...most, rarity, spans: FIELDS.map((_, n) => alike.flatMap(hit => hit.spans[n])) }
}

// How much of a title, of its part before a colon, or of one of several names, has been said.
function share(section, field, said) {
  const text = section.folded[field], letters = new Set()
  for (const spans of said) for (const [start, end] of spans[field]) for (let n = start; n < end; n++) letters.add(n)
  const ofWord = (word, at) => [...word].filter((_, n) => letters.has(at + n)).length / word.length
  const ofPart = ({ 0: part, index }) => {
    const words = [...part.matchAll(/[\p{L}\p{N}]+/gu)]
    return sum(words.map(word => ofWord(word[0], index + word.index))) / (words.length || 1)
  }
  const most = parts => Math.max(0, ...[...text.matchAll(parts)].map(ofPart))
  if (field === ALSO) return most(/(?:[^,;:·.()]|\.(?=\S))+/g)
  if (section.kind === "notation") return most(/[^,()]+/g)
  return section.page === section ? most(/[^()]+/g) : Math.max(most(/.+/g), 0.7 * most(/^[^:]+/g))
}

// The share of neighbours in the query that are neighbours here.
function together(known, hits) {
  const follows = (a, b) => a.some(([, end]) => b.some(([start]) => start >= end && start < end + 9))
  const near = (a, b, field) => a && b && follows(a.spans[field], b.spans[field])
  const pairs = known.slice(1).map((word, n) => [hits.get(known[n]), hits.get(word)])
  const closeness = pairs.map(([a, b]) => near(a, b, TITLE) ? 1 : near(a, b, ALSO) || near(a, b, TEXT) ? 0.6 : 0)
  return sum(closeness) / (pairs.length || 1)
}

// ---- What is shown

function show({ section: { doc, folded }, score, hits }, wanted) {
  const terms = {}, all = [...hits.values()]
  for (const word of wanted) {
    const hit = hits.get(word)
    const field = hit && [TEXT, TITLE, ALSO, NAMES, DEFINES].find(field => hit.spans[field].length)
    if (!hit && score) terms[word.text] = false  // shown as missing
    if (field === undefined) continue
    // marked on the page that is opened, so in the spelling that stands there
    for (const part of folded[field].slice(...hit.spans[field][0]).split(/[\s\-+*:~^]+/)) {
      if (part.length > 2 || part.length > 1 && HANGUL.test(part)) terms[part] = true
    }
  }
  const isElsewhere = ({ spans }) => spans[ALSO].length && !spans[TITLE].length && !spans[TEXT].length
  const onlyAlso = all.length && all.every(isElsewhere)
  const field = onlyAlso && doc.also ? ALSO : TEXT, text = doc[FIELDS[field]]
  const spans = field => all.flatMap(hit => hit.spans[field].map(([start, end]) => ({ start, end, worth: hit.rarity })))
  const title = marked(doc.title, spans(TITLE))
  return { location: doc.location, score, terms, title, text: text && `<p>${excerpt(text, spans(field))}</p>` }
}

const escape = text => text.replace(/[&<>]/g, sign => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign])

function marked(text, spans, from = 0, to = text.length) {
  let out = "", at = from
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at || end > to) continue
    out += `${escape(text.slice(at, start))}<mark>${escape(text.slice(start, end))}</mark>`
    at = end
  }
  return out + escape(text.slice(at, to))
}

// About three lines, those with most of the query, from the start of a sentence if one is near.
function excerpt(text, spans) {
  const room = HANGUL.test(text) ? 130 : 210
  const held = ({ start }) => {
    const inside = spans.filter(span => span.start >= start && span.end <= start + room)
    return sum([...new Map(inside.map(span => [text.slice(span.start, span.end).toLowerCase(), span.worth])).values()])
  }
  const first = spans.slice(0, 60).sort((a, b) => held(b) - held(a) || a.start - b.start)[0]?.start ?? 0
  let from = 0, to = text.length
  if (first > 0.4 * room) {
    from = Math.max(text.lastIndexOf(". ", first), text.lastIndexOf("? ", first)) + 2
    if (first - from > 0.4 * room) from = text.lastIndexOf(" ", first - 20) + 1
  }
  if (to > from + room) to = Math.max(text.lastIndexOf(" ", from + room), first + 1)
  return (from > 0 ? "… " : "") + marked(text, spans, from, to) + (to < text.length ? " …" : "")
}

addEventListener("message", ({ data: { type, data } }) => {
  if (type === 0) {
    setup(data)
    postMessage({ type: 1 })
  } else postMessage({ type: 3, data: search(data) })
})
