// RoPE's hands: a query and a key as clock hands, a dial a pair; move one token, move both, and spoil the angles.
import { svg, polyline, text, number, fill, scale } from "./kit.js"

export const words = {
  en: {
    m: "Query at m", n: "Key at n", shift: "Both moved by k", base: "Base", dim: "Head size",
    precision: "Angles in", further: "Move both by 1000", token: "token {x}", tokens: "{x} tokens", channels: "{x} channels",
    pair: "pair {i}", turn: "{x} tokens a turn", between: "{x}° apart", query: "query", key: "key", score: "score",
    at: "at {m} and {n}",
    caption: "Move both, and every hand turns, but no angle between two hands changes. Each dial is one pair of a query and its key, from the fastest to the slowest; the score adds up all pairs. Move one of the two, and the angles change: fast pairs by much, slow ones by little. Rounded angles break this far out.",
    here: "Query at {m}, key at {n}, offset {offset}: the score is {score}.",
    same: "Moved to {m} and {n}, all hands have turned; the angles between them and the score are the same.",
    lost: "Moved to {m} and {n}, angles in {precision} are rounded so coarsely that the score is {moved}, off by {off}.",
    rounded: "With exact angles it is {exact}.",
  },
  ko: {
    m: "쿼리 위치 m", n: "키 위치 n", shift: "함께 옮긴 거리 k", base: "밑(base)", dim: "헤드 크기",
    precision: "각도의 정밀도", further: "둘 다 1000만큼 옮기기", token: "{x}번", tokens: "토큰 {x}개", channels: "채널 {x}개",
    pair: "쌍 {i}", turn: "한 바퀴에 토큰 {x}개", between: "사잇각 {x}°", query: "쿼리", key: "키", score: "점수",
    at: "위치 {m}, {n}",
    caption: "둘을 함께 옮기면 바늘은 모두 돌지만 두 바늘 사이의 각도는 변하지 않습니다. 다이얼 하나가 쿼리와 키의 한 쌍이고, 왼쪽 위가 가장 빠른 쌍, 마지막이 가장 느린 쌍입니다. 점수는 모든 쌍을 더한 값입니다. 둘 중 하나만 옮기면 각도가 바뀌는데, 빠른 쌍은 크게, 느린 쌍은 조금 바뀝니다. 각도를 반올림하면 먼 위치에서 이 성질이 깨집니다.",
    here: "쿼리는 {m}번, 키는 {n}번 위치에 있습니다. 오프셋은 {offset}, 점수는 {score}입니다.",
    same: "위치 {m}, {n}까지 함께 옮기면 바늘은 모두 돌지만 두 바늘 사이의 각도와 점수는 그대로입니다.",
    lost: "위치 {m}, {n}까지 함께 옮기면 {precision}에서는 각도가 거칠게 반올림되어 점수가 {off}만큼 어긋납니다. 점수는 {moved}입니다.",
    rounded: "각도가 정확하면 {exact}입니다.",
  },
}

export const state = { m: 7, n: 3, shift: 0, base: 10000, dim: 64, precision: "float64" }

const FURTHEST = 131072
const BASES = [100, 1000, 10000, 100000, 500000, 1000000]

export const controls = ({ m, n, shift, base, dim }, words) => [
  { kind: "range", key: "m", label: words.m, min: 0, max: 64, value: fill(words.token, { x: m }) },
  { kind: "range", key: "n", label: words.n, min: 0, max: 64, value: fill(words.token, { x: n }) },
  { kind: "range", key: "shift", label: words.shift, min: 0, max: FURTHEST, value: fill(words.tokens, { x: number(shift) }) },
  { kind: "button", label: words.further, set: { shift: Math.min(shift + 1000, FURTHEST) } },
  { kind: "range", key: "base", label: words.base, values: BASES, value: number(base) },
  { kind: "range", key: "dim", label: words.dim, values: [8, 16, 32, 64], value: fill(words.channels, { x: dim }) },
  { kind: "choice", key: "precision", label: words.precision, options: ["float64", "float32", "bfloat16"].map(kind => [kind, kind]) },
]

// Speed of every pair in radians a token.
export const frequencies = (dim, base = 10000) => Array.from({ length: dim / 2 }, (_, i) => base ** (-2 * i / dim))

// A number as bfloat16 holds it: the upper half of a float32, rounded to nearest, ties to even.
export const bfloat16 = x => {
  const bits = new Uint32Array(new Float32Array([x]).buffer)
  bits[0] = (bits[0] + 0x7fff + (bits[0] >>> 16 & 1)) & 0xffff0000
  return new Float32Array(bits.buffer)[0]
}

const ROUND = { float64: x => x, float32: Math.fround, bfloat16 }

// The angle of every pair at a position, where position, speed and product are held in a precision.
export const angles = (position, theta, precision = "float64") => {
  const round = ROUND[precision]
  return theta.map(speed => round(round(position) * round(speed)))
}

// Neighbouring channels turned by the angles.
export const rotate = (x, angles) => angles.flatMap((angle, i) => {
  const [a, b] = [x[2 * i], x[2 * i + 1]], [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return [a * cos - b * sin, a * sin + b * cos]
})

export const score = (q, k, m, n, dim, base, precision) => {
  const theta = frequencies(dim, base)
  const turned = rotate(q, angles(m, theta, precision)), key = rotate(k, angles(n, theta, precision))
  return turned.reduce((sum, value, c) => sum + value * key[c], 0) / Math.sqrt(dim)
}

// Angle from the key's hand to the query's in a pair, within half a turn to either side.
export const between = (q, k, i, m, n, dim, base, precision) => {
  const theta = [frequencies(dim, base)[i]], hand = (x, position) =>
    Math.atan2(x[2 * i + 1], x[2 * i]) + angles(position, theta, precision)[0]
  const angle = hand(q, m) - hand(k, n)
  return Math.atan2(Math.sin(angle), Math.cos(angle))
}

// The pairs that are drawn: the fastest, two between, the slowest.
export const pairs = dim => [0, dim / 16, dim * 3 / 16, dim / 2 - 1].map(Math.round)

const seen = ({ m, n, shift, base, dim, precision }, { q, k }) => ({
  exact: score(q, k, m, n, dim, base, "float64"),
  here: score(q, k, m, n, dim, base, precision),
  moved: score(q, k, m + shift, n + shift, dim, base, precision),
})

const ray = (x, y, angle, length) => [x + length * Math.cos(angle), y - length * Math.sin(angle)]

const dial = (x, y, radius, i, { m, n, shift, base, dim, precision }, words, { q, k }) => {
  const speed = frequencies(dim, base)[i], angle = between(q, k, i, m + shift, n + shift, dim, base, precision)
  const key = Math.atan2(k[2 * i + 1], k[2 * i]) + angles(n + shift, [speed], precision)[0]
  const from = ray(x, y, key, radius * 0.6), to = ray(x, y, key + angle, radius * 0.6)
  const wedge = `M${x},${y}L${from}A${radius * 0.6},${radius * 0.6},0,0,${angle > 0 ? 0 : 1},${to}Z`
  const wave = 2 * Math.PI / speed
  return `<circle cx="${x}" cy="${y}" r="${radius}" class="line thin muted"/><path d="${wedge}" class="area mark-rope faint"/>` +
    polyline([[x, y], ray(x, y, key, radius)], "line thick mark-position") +
    polyline([[x, y], ray(x, y, key + angle, radius)], "line thick mark-token") +
    `<circle cx="${x}" cy="${y}" r="3" class="area ink"/>` +
    text(x, y - radius - 10, fill(words.pair, { i }), "text bold ink", "middle") +
    text(x, y + radius + 18, fill(words.between, { x: number(Math.abs(angle) * 180 / Math.PI) }), "text mark-rope", "middle") +
    text(x, y + radius + 34, fill(words.turn, { x: number(wave, wave < 10 ? 1 : 0) }), "text small muted", "middle")
}

export const draw = (state, words, { width, data }) => {
  const columns = width < 480 ? 2 : 4, room = width / columns, radius = Math.min(room / 2 - 14, 62), height = 2 * radius + 74
  const dials = pairs(state.dim).map((i, place) =>
    dial(room * (place % columns + 0.5), Math.floor(place / columns) * height + radius + 44, radius, i, state, words, data))
  const top = 4 / columns * height + 30, { here, moved } = seen(state, data), { m, n, shift } = state
  const x = scale([-3, 3], [0, width]), bar = (y, value, places) => {
    const end = Math.max(-3, Math.min(3, value))
    return `<rect x="${Math.min(x(0), x(end))}" y="${y}" width="${Math.abs(x(end) - x(0))}" height="14" class="area mark-rope"/>` +
      text(0, y - 5, fill(words.at, { m: number(places[0]), n: number(places[1]) }), "text ink") +
      text(width, y - 5, `${words.score} ${number(value, 4)}`, "text bold mark-rope", "end")
  }
  const legend = text(width / 2 - 8, 14, words.query, "text bold mark-token", "end") + text(width / 2 + 8, 14, words.key, "text bold mark-position")
  return svg(width, top + 66, legend + dials.join("") + bar(top, here, [m, n]) + (shift ? bar(top + 44, moved, [m + shift, n + shift]) : "") +
    polyline([[x(0), top - 2], [x(0), top + 60]], "line thin ink"))
}

export const say = (state, words, data) => {
  const { m, n, shift, precision } = state, { exact, here, moved } = seen(state, data), four = x => number(x, 4)
  const parts = [fill(words.here, { m, n, offset: number(m - n), score: four(here) })]
  if (four(exact) !== four(here)) parts.push(fill(words.rounded, { exact: four(exact) }))
  if (shift) {
    const same = four(here) === four(moved)
    parts.push(fill(same ? words.same : words.lost, {
      m: number(m + shift), n: number(n + shift), precision, moved: four(moved), off: four(Math.abs(moved - here)),
    }))
  }
  return parts.join(" ")
}
