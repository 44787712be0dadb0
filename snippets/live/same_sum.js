import { svg, text, number, fill } from "./kit.js"

// A token and a place, summed: with the lists of chapter 1 by hand, and with random lists by dot product and by search.

export const words = {
  en: {
    caption: "With two lists one split fits a sum, unless two pairs collide. Violet is token, amber is position: choose a pair by hand, or let random lists be read.",
    mode: "Lists", modes: { hand: "those of the text, 3 dimensions", random: "random ones" },
    token: "Token", place: "Place", tokens: ["apple", "pear", "plum", "fig"], places: ["third", "fourth"],
    own: "token", other: "place", wanted: "the sum to make", every: "every pair: tap one",
    start: "“{token}” plus “{place}” is {sum}. One more of the eight pairs has this sum: find it.",
    not: "“{token}” plus “{place}” is {sum}, not {wanted}.",
    found: "“{token}” plus “{place}” is {sum} too, a collision: even who holds both lists cannot tell which pair it was.",
    d: "Dimensions", noise: "Noise", size: "Tokens in the list", count: "Places in the list", which: "Sum",
    times: "× a component’s size", ranks: "{n} of {all}",
    scores: { tokens: "dot product: tokens", places: "dot product: places" }, true: "▲ in the sum", largest: "○ largest",
    shares: { token: "token, by dot product", place: "place, by dot product", both: "both, by nearest sum" },
    said: "The dot product reads {token} tokens and {place} places of {all} right; the nearest of all {pairs} sums gives both for {both}. Sum {n}, token {v} and place {m}, is read as token {a} and place {b}: {verdict}.",
    right: "right", wrong: "wrong",
  },
  ko: {
    caption: "두 목록이 있으면 충돌하지 않는 한 합을 나누는 방법은 하나뿐입니다. 보라색은 토큰, 호박색은 위치입니다. 쌍을 직접 고르거나 무작위 목록을 읽게 해 보십시오.",
    mode: "목록", modes: { hand: "본문의 목록, 3차원", random: "무작위 목록" },
    token: "토큰", place: "위치", tokens: ["사과", "배", "자두", "무화과"], places: ["세 번째", "네 번째"],
    own: "토큰", other: "위치", wanted: "만들 합", every: "모든 쌍: 눌러서 고르기",
    start: "‘{token}’ + ‘{place}’의 합은 {sum}입니다. 여덟 쌍 가운데 합이 같은 쌍이 하나 더 있습니다. 찾아보십시오.",
    not: "‘{token}’ + ‘{place}’의 합은 {sum}입니다. 만들 합은 {wanted}입니다.",
    found: "‘{token}’ + ‘{place}’의 합도 {sum}입니다. 충돌입니다. 두 목록을 다 알아도 이 합이 어느 쌍에서 나왔는지 알 수 없습니다.",
    d: "차원", noise: "잡음", size: "토큰 목록의 길이", count: "위치 목록의 길이", which: "합",
    times: "× 성분의 크기", ranks: "{all}개 중 {n}번",
    scores: { tokens: "토큰과의 내적", places: "위치와의 내적" }, true: "▲ 합에 든 벡터", largest: "○ 가장 큰 값",
    shares: { token: "토큰, 내적으로", place: "위치, 내적으로", both: "둘 다, 가장 가까운 합으로" },
    said: "내적은 합 {all}개 가운데 토큰 {token}개, 위치 {place}개를 맞히고, 가능한 합 {pairs}개에서 가장 가까운 것을 찾으면 {both}개에서 둘 다 맞힙니다. {n}번 합은 토큰 {v}번과 위치 {m}번이며, 내적으로 읽으면 토큰 {a}번과 위치 {b}번입니다. {verdict}.",
    right: "맞았습니다", wrong: "틀렸습니다",
  },
}

export const state = { mode: "hand", token: 0, place: 1, d: 16, noise: 0, size: 64, count: 16, which: 1 }

// Random lists ------------------------------------------------------------

const SUMS = 100, MOST = 64, START = { tokens: 0, places: 2 ** 16, noise: 2 ** 17 }, PICKS = 2 ** 19

// Number k of the generator mulberry32 with seed 1, 0 <= u < 1.
export function uniform(k) {
  let t = 1 + Math.imul(k + 1, 0x6D2B79F5) | 0
  t = Math.imul(t ^ t >>> 15, t | 1)
  t ^= t + Math.imul(t ^ t >>> 7, t | 61)
  return ((t ^ t >>> 14) >>> 0) / 2 ** 32
}

export function normal(k) {
  return Math.sqrt(-2 * Math.log(1 - uniform(2 * k))) * Math.cos(2 * Math.PI * uniform(2 * k + 1))
}

// The first vectors of a kind, each with all 64 coordinates; kept, since a change of a slider asks for them again.
const kept = {}
const vectors = (kind, count) => {
  const rows = kept[kind] ??= []
  while (rows.length < count) rows.push(Float64Array.from({ length: MOST }, (_, i) => normal(START[kind] + rows.length * MOST + i)))
  return rows.slice(0, count)
}

const dot = (a, b, d) => {
  let sum = 0
  for (let i = 0; i < d; i++) sum += a[i] * b[i]
  return sum
}
const largest = scores => scores.reduce((best, score, i) => score > scores[best] ? i : best, 0)

// Sum s of a token, a place and noise: [token, place, vector].
const sum = (s, d, noise, e, p) => {
  const v = Math.floor(uniform(PICKS + 2 * s) * e.length), m = Math.floor(uniform(PICKS + 2 * s + 1) * p.length)
  const random = vectors("noise", SUMS)[s], x = new Float64Array(d)
  for (let i = 0; i < d; i++) x[i] = e[v][i] + p[m][i] + noise * random[i]
  return [v, m, x]
}

// How each of the sums is read: token and place, those with the largest dot product, those of the pair with the nearest
// sum. Since |x - e - p|^2 = |x|^2 + 2 (|e|^2 / 2 + |p|^2 / 2 + e.p - x.e - x.p), no sum is compared number by number,
// but where two pairs are as near up to rounding: there the gap decides.
export function read(d, noise, size, count) {
  const e = vectors("tokens", size), p = vectors("places", count)
  const [halfE, halfP] = [e, p].map(list => list.map(vector => dot(vector, vector, d) / 2))
  const halves = e.map((token, a) => Float64Array.from(p, (place, b) => halfE[a] + halfP[b] + dot(token, place, d)))
  return Array.from({ length: SUMS }, (_, s) => {
    const [v, m, x] = sum(s, d, noise, e, p), alongE = e.map(token => dot(token, x, d)), alongP = p.map(place => dot(place, x, d))
    const gap = (a, b) => x.reduce((all, value, i) => all + (value - e[a][i] - p[b][i]) ** 2, 0)
    let near = [0, 0], least = Infinity
    for (let a = 0; a < size; a++) {
      const row = halves[a], along = alongE[a]
      for (let b = 0; b < count; b++) {
        const score = row[b] - along - alongP[b]
        if (score > least + 1e-9 || score > least - 1e-9 && gap(a, b) >= gap(...near)) continue
        near = [a, b]
        least = score
      }
    }
    return [v, m, largest(alongE), largest(alongP), ...near]
  })
}

// How many of the sums are read right: token and place by dot product, both by search. The last answer is kept, since the
// drawing and the sentence ask for the same.
let asked = "", answer
export function shares(state) {
  const { d, noise, size, count } = state, question = [d, noise, size, count].join()
  if (question !== asked) {
    const rows = read(d, noise, size, count), right = test => rows.filter(test).length
    answer = { rows, token: right(([v, , a]) => v === a), place: right(([, m, , b]) => m === b), both: right(([v, m, , , a, b]) => v === a && m === b) }
    asked = question
  }
  return answer
}

// By hand -----------------------------------------------------------------

export function added({ token, place }, { tokens, places }) {
  return tokens[token].map((value, i) => value + places[place][i])
}

const SIZES = [4, 8, 16, 32, 64, 128], COUNTS = [2, 4, 8, 16, 32]
const whole = (n, from, to) => Number.isInteger(n) && n >= from && n <= to

// What no control shows now.
export const valid = ({ token, place, d, noise, size, count, which }) => whole(token, 0, 3) && whole(place, 0, 1) &&
  whole(d, 1, MOST) && noise >= 0 && noise <= 2 && SIZES.includes(size) && COUNTS.includes(count) && whole(which, 1, SUMS)

const tuple = vector => `(${vector.join(", ")})`

// What the reader moves, sees and hears --------------------------------------

export const controls = (state, words, data) => {
  const mode = { kind: "choice", key: "mode", label: words.mode, options: Object.entries(words.modes) }
  const listed = (names, vectors) => names.map((name, i) => [i, `${name} ${tuple(vectors[i])}`])
  if (state.mode === "hand") return [
    mode,
    { kind: "choice", key: "token", label: words.token, options: listed(words.tokens, data.tokens) },
    { kind: "choice", key: "place", label: words.place, options: listed(words.places, data.places) },
  ]
  return [
    mode,
    { kind: "range", key: "d", label: words.d, min: 1, max: MOST, step: 1, value: String(state.d) },
    { kind: "range", key: "noise", label: words.noise, min: 0, max: 2, step: 0.1, value: `${number(state.noise, 1)} ${words.times}` },
    { kind: "range", key: "size", label: words.size, values: SIZES, value: String(state.size) },
    { kind: "range", key: "count", label: words.count, values: COUNTS, value: String(state.count) },
    { kind: "range", key: "which", label: words.which, min: 1, max: SUMS, step: 1, value: fill(words.ranks, { n: state.which, all: SUMS }) },
  ]
}

export const say = (state, words, data) => {
  if (state.mode === "hand") {
    const made = added(state, data), wanted = tuple(data.sum), first = state.token === 0 && state.place === 1
    const template = first ? words.start : tuple(made) === wanted ? words.found : words.not
    return fill(template, { token: words.tokens[state.token], place: words.places[state.place], sum: tuple(made), wanted })
  }
  const { rows, token, place, both } = shares(state), [v, m, a, b] = rows[state.which - 1]
  const verdict = v === a && m === b ? words.right : words.wrong
  return fill(words.said, {
    token, place, both, verdict, all: SUMS, pairs: number(state.size * state.count),
    n: state.which, v: v + 1, m: m + 1, a: a + 1, b: b + 1,
  })
}

const box = (style, x, y, width, height, more = "") =>
  `<rect class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${Math.max(0, height).toFixed(1)}" ${more}/>`
const flat = (style, x, y, length) => `<path class="line ${style}" d="M${x.toFixed(1)} ${y.toFixed(1)}h${length.toFixed(1)}"/>`

// The three coordinates as bars, the token's part and the place's part upon it, beside every pair to choose from.
const byHand = (state, words, { width, data }) => {
  const narrow = width < 480, room = narrow ? width : width * 0.46, ground = 178, unit = 17, step = room / 3
  const bars = data.sum.map((wanted, i) => {
    const own = data.tokens[state.token][i], other = data.places[state.place][i], x = (i + 0.2) * step, broad = 0.6 * step
    const label = (value, from) => value ? text(x + broad / 2, ground - (from + value / 2) * unit + 4, value, "text paper bold", "middle") : ""
    return box("area mark-token", x, ground - own * unit, broad, own * unit) + label(own, 0) +
      box("area mark-position", x, ground - (own + other) * unit, broad, other * unit) + label(other, own) +
      flat("ink", x - 0.1 * step, ground - wanted * unit, 1.2 * broad) +
      text(x + broad / 2, ground + 17, own + other, `text bold ${own + other === wanted ? "ink" : "muted"}`, "middle")
  })
  const key = text(0, 14, words.own, "text mark-token bold") + text(60, 14, words.other, "text mark-position bold") +
    flat("ink", 122, 10, 18) + text(146, 14, words.wanted, "text ink")
  const left = narrow ? 0 : width * 0.52, top = narrow ? 222 : 0, head = 96, cell = (width - left - head) / 2
  const pairs = words.tokens.flatMap((name, token) => words.places.map((_, place) => {
    const x = left + head + place * cell, y = top + 48 + token * 38, chosen = token === state.token && place === state.place
    const made = tuple(added({ token, place }, data)), sign = chosen || token === 0 && place === 1 ? made : "?"
    return `<g data-set='{"token":${token},"place":${place}}'>` + box(`pair ${chosen ? "line ink" : "line grid"}`, x + 2, y, cell - 4, 34, 'rx="5" pointer-events="all"') +
      text(x + cell / 2, y + 21, sign, `text ${chosen ? "ink bold" : "muted"}`, "middle") + "</g>"
  }))
  const heads = words.places.map((name, place) => text(left + head + (place + 0.5) * cell, top + 40, `${name} ${tuple(data.places[place])}`, "text mark-position", "middle"))
  const names = words.tokens.map((name, token) => text(left, top + 69 + token * 38, `${name} ${tuple(data.tokens[token])}`, "text mark-token"))
  return svg(width, narrow ? 425 : 204, key + flat("muted thin", 0, ground, room) + bars.join("") +
    text(left, top + 14, words.every, "text ink") + heads.join("") + names.join("") + pairs.join(""))
}

// The dot product of one sum with each vector of a list, as sticks; the true one and the largest are marked.
const sticks = (x, list, d, right, top, left, width, mark, title) => {
  const scores = list.map(vector => dot(vector, x, d)), most = Math.max(...scores.map(Math.abs)), step = width / list.length
  const ground = top + 74, at = i => left + (i + 0.5) * step, height = i => ground - scores[i] / most * 42, best = largest(scores)
  const all = scores.map((_, i) => `M${at(i).toFixed(1)} ${ground}V${height(i).toFixed(1)}`).join("")
  return text(left, top + 12, title, `text mark-${mark} bold`) + `<path class="line ${list.length > 64 ? "thin" : ""} mark-${mark}" d="${all}"/>` +
    flat("muted thin", left, ground, width) + text(at(right), ground + 60, "▲", "text ink", "middle") +
    `<circle class="line ink" cx="${at(best).toFixed(1)}" cy="${height(best).toFixed(1)}" r="5"/>`
}

const random = (state, words, { width }) => {
  const { d, noise, size, count, which } = state, e = vectors("tokens", size), p = vectors("places", count)
  const [v, m, x] = sum(which - 1, d, noise, e, p), found = shares(state)
  const narrow = width < 480, room = narrow ? width : width * 0.62, left = narrow ? 0 : width * 0.66, down = narrow ? 146 : 0
  const marks = narrow ? 284 : 136, first = marks + 18, name = narrow ? 168 : 190, long = width - name - 50
  const rows = [["token", "token"], ["place", "position"], ["both", "random"]].map(([key, mark], i) => {
    const y = first + i * 24
    return text(0, y + 14, words.shares[key], "text ink") + box("line thin grid", name, y + 3, long, 14) +
      box(`area mark-${mark}`, name, y + 3, long * found[key] / SUMS, 14) + text(width, y + 14, `${found[key]} %`, "text ink bold", "end")
  })
  return svg(width, first + 76, sticks(x, e, d, v, 0, 0, room, "token", words.scores.tokens) +
    sticks(x, p, d, m, down, left, width - left, "position", words.scores.places) +
    text(narrow ? width : room, 12, `${words.true}   ${words.largest}`, "text muted", "end") + rows.join(""))
}

export const draw = (state, words, seen) => (state.mode === "hand" ? byHand : random)(state, words, seen)
