// The offset grid: ten tokens, the scores of one head under any scheme, and a sentence that moves as a whole.
import { svg, polyline, text, number, fill, escape } from "./kit.js"

export const words = {
  en: {
    scheme: "Scheme", query: "Query", shift: "Moved by", tokens: "{x} tokens", next: "Move by 8 more",
    names: {}, grid: "query minus key", row: "Scores of “{word}”", was: "at 0 to 9", now: "at {from} to {to}", list: "largest change",
    little: "<0.01",
    same: "{label}: at positions {from} to {to} every score is what it was at 0 to 9.",
    moved: "{label}: at positions {from} to {to} the scores of “{word}” differ from those at 0 to 9 by up to {row}, any score by up to {all}.",
    others: "Of {count} schemes this shift changes {names}.", none: "This shift changes no scheme.", start: "Move the sentence: none of its words changes its distance to another.",
    caption: "Move the sentence, and most schemes do not notice. Each cell holds an offset, and its colour is the score: violet above zero, amber below. A dot marks a score that the shift has changed. Choose a query to see its row below the grid, and a scheme in the list. The schemes that change a score bring position in at the input, or read a text as rows of 16 as images are read, or, like FIRE, divide by the position of the query.",
  },
  ko: {
    scheme: "방식", query: "쿼리", shift: "옮긴 거리", tokens: "토큰 {x}개", next: "8만큼 더 옮기기",
    grid: "쿼리 빼기 키",
    names: {
      none: "위치 없음", sinusoidal: "사인파", learned: "학습된 위치", concatenated: "이어붙이기", t5_bias: "T5 편향",
      partial_rope: "부분 RoPE", layer_pattern: "층 구성", decoupled_rope: "분리 RoPE", rope_2d: "2차원 RoPE", position_interpolation: "보간", length_temperature: "온도", content_bias: "내용 편향",
    }, row: "“{word}”의 점수", was: "0~9에서", now: "{from}~{to}에서", list: "가장 큰 변화",
    little: "<0.01",
    same: "{label}: 위치 {from}~{to}에서 모든 점수가 위치 0~9에서와 같습니다.",
    moved: "{label}: 위치 {from}~{to}에서 “{word}”의 점수는 위치 0~9에서와 최대 {row}만큼 다르고, 모든 점수를 통틀면 최대 {all}만큼 다릅니다.",
    others: "{count}개 방식 가운데 이만큼 옮길 때 점수가 달라지는 것은 {names}입니다.", none: "이만큼 옮겨도 점수가 달라지는 방식은 없습니다.", start: "문장을 옮겨 보십시오. 단어 사이의 거리는 하나도 달라지지 않습니다.",
    caption: "문장을 옮겨도 대부분의 방식에서는 점수가 달라지지 않습니다. 칸에 적힌 수는 오프셋이고 색은 점수입니다. 0보다 크면 보라색, 작으면 호박색입니다. 점은 옮긴 뒤 달라진 점수를 나타냅니다. 쿼리를 고르면 격자 아래에 그 행이 나오고, 방식은 목록에서 고릅니다. 점수가 달라지는 것은 위치를 입력에 넣는 방식, 이미지를 읽듯 텍스트를 16칸짜리 행으로 읽는 방식, 그리고 FIRE처럼 쿼리의 위치로 나누는 방식입니다.",
  },
}

export const state = { scheme: "rope", query: 3, shift: 24 }

const FURTHEST = 64
const COUNT = 10
const HEADS = 2
const IMAGE_WIDTH = 16
const LEAST = 0.001 // a change that counts as one
const ROW = 32 // of the list

// The name of every scheme: as on its mark, or in the reader's language where that has another.
const named = (words, data) => ({ ...data.names, ...words.names })

export const controls = ({ query, shift }, words, data) => [
  { kind: "choice", key: "scheme", label: words.scheme, options: Object.entries(named(words, data)) },
  { kind: "range", key: "query", label: words.query, min: 0, max: COUNT - 1, value: `${data.words[query]}, ${query + shift}` },
  { kind: "range", key: "shift", label: words.shift, min: 0, max: FURTHEST, value: fill(words.tokens, { x: shift }) },
  { kind: "button", label: words.next, set: { shift: shift + 8 > FURTHEST ? 0 : shift + 8 } },
]

const dot = (a, b) => {
  let total = 0
  for (let c = 0; c < a.length; c++) total += a[c] * b[c]
  return total
}
const sum = (a, b) => a.map((value, c) => value + b[c])

// One row of sinusoids: sine and cosine of one speed are neighbours.
export const sinusoidal = (position, dim, base = 10000) => Array.from({ length: dim }, (_, c) => {
  const angle = position / base ** ((c - c % 2) / dim)
  return c % 2 ? Math.cos(angle) : Math.sin(angle)
})

// What a token of distance costs in each head, where their number is a power of two.
export const slopes = heads => Array.from({ length: heads }, (_, j) => 2 ** (-8 * (j + 1) / heads))

export const alibi_bias = (m, n) => -slopes(HEADS)[0] * Math.abs(m - n)

// T5's causal bucket of a distance m - n; keys after the query are in bucket 0.
export const bucket = (distance, buckets = 32, furthest = 128) => {
  const exact = buckets / 2, wide = Math.log(distance / exact) / Math.log(furthest / exact) * (buckets - exact)
  return distance < exact ? Math.max(distance, 0) : Math.min(exact + Math.floor(wide + 1e-9), buckets - 1)
}

export const kerple = (m, n, [r1, r2]) => -r1 * Math.log1p(r2 * Math.abs(m - n))

// FIRE's bias: a small network of the distance over the position of the query, both as logarithms.
export const fire = (m, n, { c, threshold, hidden, bias }) => {
  const x = Math.log1p(c * Math.abs(m - n)) / Math.log1p(c * Math.max(m, threshold))
  return hidden.reduce((total, [weight, start, out]) => total + out * Math.max(0, weight * x + start), bias)
}

// What xPos leaves of a pair's part of a score.
export const decay = (i, pairs, offset) => ((i / pairs + 0.4) / 1.4) ** (offset / 512)

// q . k with both turned, pair by pair; where a text is read as an image, some pairs turn by its row, others by its column.
export const turned = (q, k, m, n, { speeds, rows, factor }, shrinks = false) => {
  const down = rows ? Math.floor(m / IMAGE_WIDTH) - Math.floor(n / IMAGE_WIDTH) : 0
  const along = m - n - IMAGE_WIDTH * down
  let total = 0
  for (let i = 0; i < speeds.length; i++) {
    const angle = speeds[i] * along + (rows ? rows[i] * down : 0), a = q[2 * i], b = q[2 * i + 1], c = k[2 * i], d = k[2 * i + 1]
    const met = (a * c + b * d) * Math.cos(angle) + (a * d - b * c) * Math.sin(angle)
    total += met * (shrinks ? decay(i, speeds.length, m - n) : 1)
  }
  return factor * total
}

// Queries ("q") or keys ("k") of the ten tokens, with what their places add to them.
const placed = (side, name, shift, data) => (data.added[name] ?? data)[side].map((vector, i) => {
  if (data.added[name]) return sum(vector, data.added[name][`place_${side}`][i + shift])
  if (name !== "sinusoidal") return vector
  const weights = data[`w_${side}`], row = sinusoidal(i + shift, weights[0].length)
  return sum(vector, weights.map(line => dot(line, row)))
})

const BIASES = {
  alibi: alibi_bias,
  t5_bias: (m, n, data) => data.t5_bias[bucket(m - n)],
  kerple: (m, n, data) => kerple(m, n, data.kerple),
  fire: (m, n, data) => fire(m, n, data.fire),
}

const meet = (name, query, key, m, n, data) => {
  const root = Math.sqrt(key.length), speeds = data.turned[name]
  if (speeds) return turned(query, key, m, n, speeds, name === "xpos") / root
  return dot(query, key) / root + (BIASES[name]?.(m, n, data) ?? 0)
}

// Scores of the ten tokens at positions shift to shift + 9, query by key; what was computed is kept.
const known = new Map()
export const scores = (name, shift, data) => {
  const at = `${name} ${shift}`
  if (data.stored[name]) return data.stored[name]
  if (!known.has(at)) {
    const keys = placed("k", name, shift, data)
    known.set(at, placed("q", name, shift, data).map((query, i) =>
      keys.map((key, j) => meet(name, query, key, i + shift, j + shift, data))))
  }
  return known.get(at)
}

// How much the scores differ from those at 0 to 9: the most in a row of the grid, or in all of it.
export const change = (name, shift, data, query) => {
  const [was, now] = [scores(name, 0, data), scores(name, shift, data)]
  const rows = now.map((row, i) => Math.max(...row.map((score, j) => Math.abs(score - was[i][j]))))
  return query === undefined ? Math.max(...rows) : rows[query]
}

const size = (x, words) => x >= LEAST && x < 0.005 ? words.little : number(x, 2)
const span = shift => ({ from: shift, to: shift + COUNT - 1 })

const grid = (left, top, cell, { scheme, query, shift }, words, data) => {
  const was = scores(scheme, 0, data), now = scores(scheme, shift, data), middle = cell / 2
  const cells = now.flatMap((row, i) => row.map((score, j) => {
    const x = left + j * cell, y = top + i * cell, strong = Math.min(Math.abs(score) / 3, 1) * 0.4
    const dotted = Math.abs(score - was[i][j]) >= LEAST
    return `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" class="area mark-${score > 0 ? "token" : "position"}" fill-opacity="${strong.toFixed(2)}"/>` +
      text(x + middle, y + middle + 4, number(i - j), "text small ink", "middle") +
      (dotted ? `<circle cx="${x + cell - 4.5}" cy="${y + 4.5}" r="2" class="area ink"/>` : "")
  }))
  const names = data.words.map((word, i) =>
    text(left - 6, top + i * cell + middle + 4, `${word} ${i + shift}`, `text small ${i === query ? "bold mark-token" : "muted"}`, "end") +
    `<rect x="0" y="${top + i * cell}" width="${left + COUNT * cell}" height="${cell}" fill="transparent" data-set='{"query":${i}}'/>`)
  const frame = `<rect x="${left}" y="${top + query * cell}" width="${COUNT * cell}" height="${cell}" class="line mark-token"/>`
  return text(left, top - 8, words.grid, "text muted") + cells.join("") + frame + names.join("")
}

// The row of the query: each score as it was and as it is.
const bars = (left, top, cell, height, { scheme, query, shift }, words, data) => {
  const [was, now] = [0, shift].map(at => scores(scheme, at, data)[query]), zero = top + height / 2
  const bar = (x, score, style) => {
    const high = Math.min(Math.abs(score) / 4, 1) * height / 2
    return `<rect x="${x}" y="${score > 0 ? zero - high : zero}" width="${cell * 0.34}" height="${high}" class="area ${style}"/>`
  }
  const pairs = was.map((score, j) => bar(left + j * cell + cell * 0.14, score, "muted faint") + bar(left + j * cell + cell * 0.52, now[j], `mark-${scheme}`))
  const under = data.words.map((word, j) => text(left + (j + 0.5) * cell, top + height + 14, word, "text small muted", "middle"))
  return text(0, top - 24, fill(words.row, { word: data.words[query] }), "text bold ink") +
    text(0, top - 8, words.was, "text muted") + text(left, top - 8, fill(words.now, span(shift)), `text mark-${scheme}`) +
    pairs.join("") + polyline([[left, zero], [left + COUNT * cell, zero]], "line thin muted") + (cell > 26 ? under.join("") : "")
}

const list = (left, top, width, { scheme, shift }, words, data) => {
  const names = Object.entries(named(words, data)), half = Math.ceil(names.length / 2), column = width / 2
  const rows = names.map(([name, label], place) => {
    const x = left + column * Math.floor(place / half), y = top + ROW * (place % half), moved = change(name, shift, data)
    const style = moved >= LEAST ? `bold mark-${name}` : "muted"
    return (name === scheme ? `<rect x="${x}" y="${y}" width="${column - 4}" height="28" rx="4" class="line thin mark-${name}"/>` : "") +
      text(x + 6, y + 18, label, `text ${style}`) + text(x + column - 12, y + 18, moved >= LEAST ? size(moved, words) : "0", `text ${style}`, "end") +
      `<rect x="${x}" y="${y}" width="${column - 4}" height="28" fill="transparent" data-set='{"scheme":"${escape(name)}"}'/>`
  })
  return text(left + width - 12, top - 8, words.list, "text muted", "end") + rows.join("")
}

export const draw = (state, words, { width, data }) => {
  const narrow = width < 560, left = narrow ? 60 : 74, cell = narrow ? Math.min((width - left) / COUNT, 34) : 28
  const below = 24 + COUNT * cell + 48, room = left + COUNT * cell
  const listed = narrow ? 0 : 24 + ROW * Math.ceil(Object.keys(data.names).length / 2)
  const drawn = grid(left, 24, cell, state, words, data) + bars(left, below, cell, 64, state, words, data)
  return svg(width, Math.max(below + 86, listed), drawn + (narrow ? "" : list(room + 24, 24, width - room - 24, state, words, data)))
}

export const say = ({ scheme, query, shift }, words, data) => {
  if (!shift) return words.start
  const labels = named(words, data), label = labels[scheme], row = change(scheme, shift, data, query), all = change(scheme, shift, data)
  const values = { label, word: data.words[query], row: size(row, words), all: size(all, words), ...span(shift) }
  const names = Object.keys(labels).filter(name => change(name, shift, data) >= LEAST)
  const others = { count: Object.keys(labels).length, names: names.map(name => labels[name]).join(", ") }
  return `${fill(all < LEAST ? words.same : words.moved, values)} ${names.length ? fill(words.others, others) : words.none}`
}
