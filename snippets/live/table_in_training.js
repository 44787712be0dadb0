import { fill, number, polyline, svg, text } from "./kit.js"

const DIM = 8, BASE = 10000, BITS = 8, FARTHEST = 3

export const words = {
  en: {
    caption: "Only rows that a text reaches get a gradient; a fixed code is there at every position. Bars: the gradient of each row at this step, and how far the row has moved since the start. Maps: the cosine of every two rows, amber below zero, and where each place looks on average. The texts of a step have one length, from 2 to 20 tokens, so rows 20 to 23, beyond the lines, are never reached. Below a hand stands its wavelength in tokens.",
    step: "Training step", at_step: "{step}, {length} tokens", position: "Position",
    gradient: "gradient", moved: "moved", cosine: "cosine of two rows", attention: "attention, query to key", table: "learned table", counter: "binary counter", hands: "clock hands",
    has: "row {m}", never: "row {m}, never reached", without: "no row {m}",
    says: "Step {step}: texts of {length} tokens give a gradient to rows 0 to {last} and none to rows {next} to {end}. The loss is {loss}. {row} At position {m} the counter reads {bits}, and the hands have turned {turns} times.",
    trained: "Row {m} has a gradient of norm {gradient} and lies {moved} from where it began.{back}",
    waiting: "Row {m} gets none and lies {moved} from where it began.{back}",
    untouched: "Row {m} is never reached and has not moved.{back}",
    missing: "The table has no row {m}.",
    back: " Place {m} gives {share} of its attention to the place before.",
    and: " and ",
  },
  ko: {
    caption: "텍스트가 닿은 행만 그래디언트를 받지만, 고정된 코드는 어느 위치에나 있습니다. 막대: 이 스텝에서 각 행의 그래디언트와, 행이 처음 자리에서 움직인 거리입니다. 히트맵: 두 행 사이의 코사인(0보다 작으면 주황색)과, 각 자리가 평균적으로 보는 곳입니다. 한 스텝의 텍스트는 모두 길이가 같고 그 길이는 2토큰에서 20토큰 사이이므로, 선 너머의 20번 행부터 23번 행까지는 한 번도 사용되지 않습니다. 바늘 아래의 수는 토큰 수로 나타낸 파장입니다.",
    step: "학습 스텝", at_step: "{step}, {length}토큰", position: "위치",
    gradient: "그래디언트", moved: "움직인 거리", cosine: "두 행의 코사인", attention: "어텐션, 쿼리에서 키로", table: "학습된 표", counter: "이진 카운터", hands: "시곗바늘",
    has: "{m}번 행", never: "{m}번 행, 사용된 적 없음", without: "{m}번 행 없음",
    says: "{step}스텝: 텍스트가 {length}토큰이므로 0~{last}번 행은 그래디언트를 받고 {next}~{end}번 행은 받지 않습니다. 손실은 {loss}입니다. {row} 위치 {m}에서 카운터의 값은 {bits}이고, 네 바늘은 각각 {turns}바퀴 돌았습니다.",
    trained: "{m}번 행의 그래디언트 노름은 {gradient}이고, 처음 자리에서 {moved}만큼 움직였습니다.{back}",
    waiting: "{m}번 행은 그래디언트를 받지 않으며, 처음 자리에서 {moved}만큼 움직인 상태입니다.{back}",
    untouched: "{m}번 행은 한 번도 사용되지 않아 처음 그대로입니다.{back}",
    missing: "표에는 {m}번 행이 없습니다.",
    back: " {m}번 자리에서 바로 앞자리로 가는 어텐션 가중치는 {share}입니다.",
    and: ", ",
  },
}

export const state = { step: 100, position: 12 }

// The fixed codes: a bit of a position, and how often the hand of a pair has turned; both are defined at any position.
export const bit = (m, i) => m >> i & 1
export const angle = (m, pair) => m * BASE ** (-2 * pair / DIM)
export const hand = (m, pair) => [Math.sin(angle(m, pair)), Math.cos(angle(m, pair))]
export const turns = (m, pair) => angle(m, pair) / (2 * Math.PI)

// What the recorded run holds of a step: of a row its gradient and how far it has moved, of two rows their cosine, and
// the share of a query's attention that goes to a key.
export const length = (data, step) => data.length[step / data.every]
export const loss = (data, step) => data.loss[step / data.every] / 1e3
export const gradient = (data, step, m) => data.gradient[step / data.every][m] / 1e5
export const moved = (data, step, m) => data.moved[step / data.every][m] / 1e3
export const cosine = (data, step, m, n) => data.cosines[step / data.every][Math.max(m, n)][Math.min(m, n)] / 100
export const look = (data, step, query, key) => key > query ? 0 : data.looks[step / data.every][query][key] / 100

export const controls = ({ step, position }, words, data) => [
  { kind: "range", key: "step", label: words.step, min: 0, max: (data.length.length - 1) * data.every, step: data.every, value: fill(words.at_step, { step, length: length(data, step) }) },
  { kind: "range", key: "position", label: words.position, min: 0, max: 2 ** BITS - 1, value: String(position) },
]

const pairs = Array.from({ length: DIM / 2 }, (_, pair) => pair)
const bits = m => Array.from({ length: BITS }, (_, k) => bit(m, BITS - 1 - k))
const rectangle = (x, y, width, height, style, more = "") =>
  `<rect class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" ${more}/>`

// A map of cells, one path for each of twenty shades; values from -1 to 1.
const shades = (x, y, cell, rows, value) => {
  const paths = {}
  for (let m = 0; m < rows; m++) for (let n = 0; n < rows; n++) {
    const shade = Math.round(20 * value(m, n))
    if (shade) paths[shade] = `${paths[shade] ?? ""}M${x + n * cell},${y + m * cell}h${cell}v${cell}h-${cell}z`
  }
  return Object.entries(paths).map(([shade, path]) =>
    `<path class="area mark-${shade < 0 ? "position" : "learned"}" fill-opacity="${Math.min(1, Math.abs(shade) / 20)}" d="${path}"/>`).join("")
}

// The table at one step: a bar of each row's gradient and way, how alike the rows are, where each place looks.
const table = ({ step, position }, words, data, { bar, cell, left, stacked }) => {
  const rows = Array.from({ length: data.rows }, (_, m) => m), side = data.rows * cell, top = 22
  const largest = Math.max(...rows.map(m => gradient(data, step, m)))
  const bars = rows.map(m => rectangle(left, top + m * cell + 1, (bar - 8) * gradient(data, step, m) / largest, cell - 2, "area mark-learned") +
    rectangle(left + bar, top + m * cell + 1, (bar - 8) * moved(data, step, m) / FARTHEST, cell - 2, "area muted"))
  const names = [0, 10, 20].map(m => text(left - 6, top + (m + 0.5) * cell + 4, m, "text muted small", "end"))
  const first = left + 2 * bar + 6, second = stacked ? [first, top + side + 40] : [first + side + 28, top]
  const map = ([x, y], name, value) => {
    const edge = data.longest * cell
    const under = [0, 10, 20].map(n => text(x + (n + 0.5) * cell, y + side + 14, n, "text muted small", "middle")).join("")
    const row = position < data.rows ? rectangle(x, y + position * cell, side, cell, "line thin ink") : ""
    return text(x, y - 8, name, "text ink small bold") + shades(x, y, cell, data.rows, value) + rectangle(x, y, side, side, "line thin muted") + under +
      polyline([[x, y + edge], [x + side, y + edge]], "line thin muted") + polyline([[x + edge, y], [x + edge, y + side]], "line thin muted") + row
  }
  const row = position < data.rows ? rectangle(left - 1, top + position * cell, 2 * bar, cell, "line thin ink") : ""
  const ends = [largest, FARTHEST].map((end, k) => text(left + bar * (k + 1) - 8, top + side + 14, number(end, 3 * (1 - k)), "text muted small", "end"))
  return ends.join("") + text(left, top - 8, words.gradient, "text mark-learned small bold") + text(left + bar, top - 8, words.moved, "text muted small bold") + bars.join("") + names.join("") +
    polyline([[left - 1, top + data.longest * cell], [left + 2 * bar - 2, top + data.longest * cell]], "line thin muted") + row +
    map([first, top], words.cosine, (m, n) => cosine(data, step, m, n)) + map(second, words.attention, (m, n) => look(data, step, m, n) / 0.8)
}

// What each way has for the position: a row or none, bits, hands. The hand's height is the sine, its reach the cosine.
const codes = (m, words, data, { top, under, width, stacked }) => {
  const status = fill(m >= data.rows ? words.without : m >= data.longest ? words.never : words.has, { m })
  const counter = stacked ? [0, top + 56] : [width * 0.27, top], hands = stacked ? [0, under] : [width * 0.6, top]
  const size = stacked ? 17 : 22, radius = stacked ? 27 : Math.min(28, width * 0.4 / 8 - 5), apart = 2 * radius + 12
  const squares = bits(m).map((one, k) => rectangle(counter[0] + k * size + 1, counter[1] + 12, size - 3, size, one ? "area mark-sinusoidal" : "line thin muted") +
    text(counter[0] + k * size + size / 2 - 0.5, counter[1] + 16 + size / 2, one, one ? "text paper" : "text ink", "middle"))
  const clocks = pairs.map(pair => {
    const [sine, cosine] = hand(m, pair), x = hands[0] + radius + 2 + pair * apart, y = hands[1] + radius + 12
    const end = [x + radius * cosine, y - radius * sine]
    return `<circle class="line thin muted" cx="${x}" cy="${y}" r="${radius}"/>` + polyline([[x, y], end], "line mark-sinusoidal") +
      `<circle class="area mark-sinusoidal" cx="${end[0].toFixed(1)}" cy="${end[1].toFixed(1)}" r="3.5"/>` +
      text(x, y + radius + 15, number(1 / turns(1, pair)), "text muted small", "middle")
  })
  return text(0, top, words.table, "text mark-learned small bold") + text(0, top + 26, status, `text ${m < data.longest ? "ink" : "mark-learned"}`) +
    text(...counter, words.counter, "text mark-sinusoidal small bold") + squares.join("") + text(...hands, words.hands, "text mark-sinusoidal small bold") + clocks.join("")
}

export const draw = (state, words, { width, data }) => {
  const stacked = width < 560, left = 24, bar = stacked ? 62 : 72, rest = width - left - 2 * bar - 8
  const cell = Math.min(10, Math.floor(stacked ? rest / data.rows : (rest - 30) / data.rows / 2))
  const side = data.rows * cell, top = 22 + side + 46, under = top + side + 36
  return svg(width, (stacked ? under : top) + 88, table(state, words, data, { bar, cell, left, stacked }) + codes(state.position, words, data, { top, under, width, stacked }))
}

export const say = ({ step, position: m }, words, data) => {
  const last = length(data, step) - 1, reached = m < data.rows
  const kind = m <= last ? words.trained : m < data.longest ? words.waiting : reached ? words.untouched : words.missing
  const back = reached && m > 0 ? fill(words.back, { m, share: number(look(data, step, m, m - 1), 2) }) : ""
  const row = fill(kind, { m, back, gradient: reached && number(gradient(data, step, m), 5), moved: reached && number(moved(data, step, m), 3) })
  const turned = pairs.map(pair => number(turns(m, pair), 3))
  return fill(words.says, {
    step, length: last + 1, last, next: last + 1, end: data.rows - 1, loss: number(loss(data, step), 3), row, m, bits: bits(m).join(""),
    turns: turned.slice(0, -1).join(", ") + words.and + turned.at(-1),
  })
}
