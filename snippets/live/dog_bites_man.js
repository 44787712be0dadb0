import { svg, text, number, fill } from "./kit.js"

// Five words in any order: what attention returns for one of them, with positions and without.

export const words = {
  en: {
    shuffle: "Shuffle the words", order: "Order", positions: "Positions", layers: "Layers",
    schemes: { none: "none", sinusoidal: "sinusoidal, added", learned: "a table, added", alibi: "ALiBi", rope: "RoPE" },
    masks: { none: "1, no mask", one: "1, causal mask", two: "2, causal mask" },
    title: "what attention returns for “{word}”", written: "as written",
    start: "This is the sentence as written. Shuffle it, and watch the eight numbers that attention returns for “{word}”.",
    same: "You shuffled the words, and the eight numbers of “{word}” have not moved: without positions, both sentences are one to attention.",
    moved: "You shuffled the words, and the numbers of “{word}” moved by up to {by}: with {scheme}, attention knows where a word stands.",
    mirror: "You shuffled the words, and no number has moved: ALiBi counts distances, and each word is as far from “{word}” as before.",
    later: "You shuffled only words after “{word}”, and the mask hides them: its eight numbers have not moved.",
    others: "The numbers of “{word}” moved by up to {by}, because the mask lets it see what stands before it, and other words do now.",
    before: "You shuffled the words before “{word}”: its eight numbers have not moved. One masked layer knows which words came before, not in which order.",
    deeper: "You shuffled the words before “{word}”: its eight numbers moved by up to {by}, without positions. In the first layer “dog” saw “a”; now “a” sees “dog”.",
    named: { sinusoidal: "sinusoids", learned: "a table of positions", alibi: "ALiBi", rope: "RoPE" },
  },
  ko: {
    shuffle: "단어 섞기", order: "순서", positions: "위치 정보", layers: "층",
    schemes: { none: "없음", sinusoidal: "사인파를 더함", learned: "위치 표를 더함", alibi: "ALiBi", rope: "RoPE" },
    masks: { none: "1개, 마스크 없음", one: "1개, 인과 마스크", two: "2개, 인과 마스크" },
    title: "어텐션이 ‘{word}’에 내놓는 값", written: "원래 문장",
    start: "원래 문장입니다. 단어를 섞으면서 어텐션이 ‘{word}’에 내놓는 값 여덟 개를 지켜보십시오.",
    same: "단어를 섞었지만 ‘{word}’의 값 여덟 개는 그대로입니다. 위치 정보가 없으면 어텐션에는 두 문장이 똑같습니다.",
    moved: "단어를 섞자 ‘{word}’의 값이 최대 {by}만큼 달라졌습니다. {scheme} 덕분에 어텐션이 단어의 자리를 구별합니다.",
    mirror: "단어를 섞었지만 값이 그대로입니다. ALiBi는 거리만 세는데, ‘{word}’에서 각 단어까지의 거리가 전과 같습니다.",
    later: "‘{word}’ 뒤의 단어만 섞었습니다. 마스크가 그 단어들을 가리므로 값 여덟 개는 그대로입니다.",
    others: "‘{word}’의 값이 최대 {by}만큼 달라졌습니다. 마스크 때문에 앞에 있는 단어만 볼 수 있는데, 앞에 있는 단어가 바뀌었기 때문입니다.",
    before: "‘{word}’ 앞의 단어를 섞었지만 값 여덟 개는 그대로입니다. 마스크를 쓰는 층 하나는 앞에 어떤 단어가 있는지만 알고 순서는 모릅니다.",
    deeper: "‘{word}’ 앞의 단어를 섞자 위치 정보가 없는데도 값 여덟 개가 최대 {by}만큼 달라졌습니다. 첫째 층에서 전에는 ‘dog’가 ‘a’를 보았고, 지금은 ‘a’가 ‘dog’를 봅니다.",
    named: { sinusoidal: "사인파", learned: "위치 표", alibi: "ALiBi", rope: "RoPE" },
  },
}

const SCHEMES = ["none", "sinusoidal", "learned", "alibi", "rope"], MASKS = ["none", "one", "two"]
const HEADS = 4, ASKED = 2, COUNT = 120 // the asked word is "bites"; five words have 120 orders

export const state = { order: 0, scheme: "none", mask: "none" }

// Orders -----------------------------------------------------------------

// The words from left to right in the order of this number; the orders are counted as in a dictionary.
export function orderOf(rank) {
  const left = [0, 1, 2, 3, 4], order = []
  for (const step of [24, 6, 2, 1, 1]) {
    order.push(...left.splice(Math.floor(rank / step), 1))
    rank %= step
  }
  return order
}

export function rankOf(order) {
  const steps = [24, 6, 2, 1, 0]
  return order.reduce((sum, word, place) => sum + steps[place] * order.slice(place).filter(other => other < word).length, 0)
}

// The next of a walk: with a mask the orders that keep the words before "bites" before it, without one ten of all,
// "the man bites a dog" first; both end in the sentence as written. From any other order the walk begins anew.
export function shuffled(rank, mask) {
  const walk = mask === "none" ? [94, 24, 113, 40, 71, 15, 88, 56, 101, 0] : [24, 25, 1, 0]
  return walk[(walk.indexOf(rank) + 1) % walk.length]
}

// Attention ----------------------------------------------------------------

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0)
const plus = (a, b) => a.map((value, i) => value + b[i])
const times = (matrix, vector) => matrix.map(row => dot(row, vector))

export function sinusoidalRow(position, dim) {
  return Array.from({ length: dim }, (_, i) => {
    const angle = position * 10000 ** (-(i - i % 2) / dim)
    return i % 2 ? Math.cos(angle) : Math.sin(angle)
  })
}

export function slopes(heads) {
  return Array.from({ length: heads }, (_, j) => 2 ** (-8 * (j + 1) / heads))
}

// One head's query or key turned by RoPE, neighbouring channels in pairs.
export function rotate(x, position) {
  return x.map((value, i) => {
    const angle = position * 10000 ** (-(i - i % 2) / x.length)
    return value * Math.cos(angle) + (i % 2 ? x[i - 1] : -x[i + 1]) * Math.sin(angle)
  })
}

export function softmax(scores) {
  const top = Math.max(...scores), powers = scores.map(score => Math.exp(score - top)), sum = powers.reduce((a, b) => a + b)
  return powers.map(power => power / sum)
}

// One layer: vectors of the words from left to right -> what each is given back.
export function attention(x, scheme, masked, { qkv, out }) {
  const dim = out.length, size = dim / HEADS, slope = slopes(HEADS)
  const [q, k, v] = [0, 1, 2].map(part => x.map(vector => times(qkv.slice(part * dim, (part + 1) * dim), vector)))
  return x.map((_, m) => {
    const seen = x.map((_, n) => n).filter(n => !masked || n <= m)
    const heads = Array.from({ length: HEADS }, (_, head) => {
      const cut = vector => vector.slice(head * size, (head + 1) * size)
      const placed = (vector, place) => scheme === "rope" ? rotate(cut(vector), place) : cut(vector)
      const scores = seen.map(n =>
        dot(placed(q[m], m), placed(k[n], n)) / Math.sqrt(size) - (scheme === "alibi" ? slope[head] * Math.abs(m - n) : 0))
      const weights = softmax(scores)
      return cut(v[0]).map((_, i) => weights.reduce((sum, weight, at) => sum + weight * cut(v[seen[at]])[i], 0))
    })
    return times(out, heads.flat())
  })
}

// What attention returns for "bites", after the second layer if there are two.
export function returned(order, scheme, mask, data) {
  const added = { sinusoidal: place => sinusoidalRow(place, data.out.length), learned: place => data.table[place] }[scheme]
  const x = order.map((word, place) => added ? plus(data.words[word], added(place)) : data.words[word])
  const first = attention(x, scheme, mask !== "none", data)
  const last = mask === "two" ? attention(x.map((vector, m) => plus(vector, first[m])), scheme, true, data) : first
  return last[order.indexOf(ASKED)]
}

// How far the number that moved most is from what it is in the sentence as written.
export function moved({ order, scheme, mask }, data) {
  const [now, written] = [orderOf(order), orderOf(0)].map(one => returned(one, scheme, mask, data))
  return Math.max(...now.map((value, i) => Math.abs(value - written[i])))
}

// What the reader moves, sees and hears -------------------------------------

const sentence = (rank, { texts }) => orderOf(rank).map(word => texts[word]).join(" ")

export const valid = ({ order }) => Number.isInteger(order) && order >= 0 && order < COUNT

export const controls = ({ order, mask }, words, data) => [
  { kind: "button", label: words.shuffle, set: { order: shuffled(order, mask) } },
  { kind: "range", key: "order", label: words.order, min: 0, max: COUNT - 1, step: 1, value: sentence(order, data) },
  { kind: "choice", key: "scheme", label: words.positions, options: SCHEMES.map(name => [name, words.schemes[name]]) },
  { kind: "choice", key: "mask", label: words.layers, options: MASKS.map(name => [name, words.masks[name]]) },
]

// Which of the sentences above tells what is seen.
export function reason({ order, scheme, mask }) {
  const now = orderOf(order), before = now.slice(0, now.indexOf(ASKED)).join()
  if (order === 0) return "start"
  if (mask === "none") {
    const distance = (one, word) => Math.abs(one.indexOf(word) - one.indexOf(ASKED))
    const kept = now.every(word => distance(now, word) === distance(orderOf(0), word))
    return scheme === "none" ? "same" : scheme === "alibi" && kept ? "mirror" : "moved"
  }
  if (before === "0,1") return "later"
  if (before !== "1,0") return "others"
  return scheme !== "none" ? "moved" : mask === "one" ? "before" : "deeper"
}

export const say = (state, words, data) => {
  const by = moved(state, data), digits = by < 0.005 ? 3 : 2
  return fill(words[reason(state)], { word: data.texts[ASKED], by: number(by, digits), scheme: words.named[state.scheme] })
}

export const draw = ({ order, scheme, mask }, words, { width, data }) => {
  const now = orderOf(order), place = now.indexOf(ASKED), mark = scheme === "none" ? "token" : scheme
  const cell = width / now.length, box = { top: 4, height: 40 }
  const half = (m, to) => { // a tap on the left or right half of a word changes places with its neighbour
    if (to < 0 || to >= now.length) return ""
    const other = now.map((word, at) => at === m ? now[to] : at === to ? now[m] : word), x = m * cell + (to < m ? 0 : cell / 2)
    return `<g data-set='{"order":${rankOf(other)}}'><rect class="target" x="${x}" y="${box.top}" width="${cell / 2}" height="${box.height}" fill-opacity="0"/>` +
      text(to < m ? x + 8 : x + cell / 2 - 8, box.top + 25, to < m ? "‹" : "›", "text muted", "middle") + "</g>"
  }
  const tiles = now.map((word, m) => {
    const style = mask !== "none" && m > place ? "muted" : m === place ? `mark-${mark}` : "ink", middle = (m + 0.5) * cell
    return `<rect class="line ${style}" x="${m * cell + 3}" y="${box.top}" width="${cell - 6}" height="${box.height}" rx="6"/>` +
      `<g font-size="${cell < 80 ? 13 : 15}">${text(middle, box.top + 25, data.texts[word], `text bold ${style}`, "middle")}</g>` + half(m, m - 1) + half(m, m + 1) +
      (scheme === "none" ? "" : text(middle, box.top + box.height + 15, m, "text mark-position", "middle"))
  })

  const values = returned(now, scheme, mask, data), written = returned(orderOf(0), scheme, mask, data)
  const middle = 148, high = 58, unit = high / data.limits[mask][scheme], left = 26, step = (width - left) / values.length
  const level = (y, label, style) => `<path class="line thin ${style}" d="M${left} ${y}H${width}"/>` + text(left - 6, y + 4, label, "text muted", "end")
  const bars = values.map((value, i) => {
    const x = left + (i + 0.18) * step, broad = 0.64 * step, height = Math.abs(value) * unit, at = middle - written[i] * unit
    return `<rect class="area mark-${mark}" x="${x}" y="${middle - Math.max(0, value) * unit}" width="${broad}" height="${height}"/>` +
      `<path class="line ink" d="M${x - 0.1 * step} ${at}h${1.2 * broad}"/>`
  })
  const head = text(width < 480 ? 0 : left, 82, fill(words.title, { word: data.texts[ASKED] }), "text ink") +
    text(width, 82, words.written, "text muted", "end") + `<path class="line ink" d="M${width - 88} 78h18"/>`
  const one = middle - unit, minus = middle + unit
  return svg(width, 212, tiles.join("") + head + level(one, "1", "grid") + level(minus, "−1", "grid") + level(middle, "0", "muted") + bars.join(""))
}
