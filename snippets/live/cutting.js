import { escape, fill, number, polyline, scale, svg, text } from "./kit.js"

// snippets/chunks.py: a chunk of `window` inputs begins every `stride` tokens; its targets are one token further on.
export const starts = (length, window, stride) =>
  Array.from({ length: Math.max(0, Math.ceil((length - window) / stride)) }, (_, k) => k * stride)

// How often each token of a text is a target, and the most context that it has as one.
export const cost = (length, window, stride) => {
  const times = Array(length).fill(0), context = Array(length).fill(0)
  for (const start of starts(length, window, stride)) {
    for (let place = 1; place <= window; place++) {
      times[start + place] += 1
      context[start + place] = Math.max(context[start + place], place)
    }
  }
  return { times, context }
}

export const losses = (length, window, stride) => {
  const { times, context } = cost(length, window, stride), chunks = starts(length, window, stride).length
  const end = length - 1 - times.findLastIndex(Boolean), never = times.filter(count => !count).length
  const known = context.filter(Boolean)
  return {
    chunks, computed: chunks * window, never, skipped: never - 1 - end, end, predicted: known.length,
    few: known.filter(count => 2 * count < window).length, mean: known.reduce((a, b) => a + b, 0) / known.length,
  }
}

// snippets/truncation.py: what each way keeps, as ranges [first, beyond].
export const keeps = (length, window) => {
  const cut = length - window, head = Math.floor(window / 4), middle = Math.floor(cut / 2)
  return {
    front: [[0, window]],
    back: [[cut, length]],
    middle: [[middle, middle + window]],
    "head, tail": [[0, head], [cut + head, length]],
  }
}

// snippets/experiments/sinks.py: whether token m sees key n, with the first `sinks` and the last `window - sinks` kept.
export const mask = (m, n, window, sinks) => n <= m && (n < sinks || m - n < window - sinks)

// What the cache holds at token m, and the tokens computed until then with a cache and without.
export const cache = (m, window, sinks) => {
  const keys = Array.from({ length: m + 1 }, (_, n) => n).filter(n => mask(m, n, window, sinks))
  const recent = Math.min(m + 1, window - sinks), gone = m + 1 - keys.length
  const full = Math.min(m + 1, window)
  return {
    keys, held: keys.length, seen: m + 1, sinks: keys.length - recent, recent, gone, far: m - keys[0],
    again: full * (full + 1) / 2 + (m + 1 - full) * window,
  }
}

export const state = { mode: "chunks", length: 28, window: 8, stride: 8, at: 20, sinks: 2, step: 20 }

// What no control shows now.
export const valid = ({ stride, at, sinks, step }) =>
  [stride, at, sinks, step].every(Number.isInteger) && stride >= 1 && stride <= 80 && sinks <= 16 && [at, sinks, step].every(n => n >= 0 && n < 256)

export const words = {
  en: {
    caption: "Window and stride decide what a cut loses, and you can count it. Words are tokens of Alice in Wonderland, counted from 0. Cut the text into chunks, truncate it to one window, or let a cache roll over it.",
    mode: "what is done", modes: { chunks: "cut into chunks", truncate: "truncate a prompt", cache: "roll a cache" },
    length: "text", window: "window", stride: "stride", at: "the answer", sinks: "sinks", step: "the model is at",
    tokens: "{n} tokens", token: "token {n}", keys: "{n} keys", inputs: "chunks: bars of inputs, a line to the last target",
    context: "most context of a token when it is predicted", little: "less than half a window", more: "more", never: "never predicted",
    ways: { front: "the front", back: "the back", middle: "the middle", "head, tail": "head and tail" },
    kept: "kept", answer: "the answer: filled where it is kept", gone: "gone", sink: "sink: a first key that stays", recent: "recent keys",
    now: "keys in the cache at token {n}", steps: "the same at every token, from top to bottom",
    none: "A text of {length} tokens makes no chunk of {window}: it would need {need}, the last as a target.",
    saysChunks: "Chunks: {chunks}, so {computed} tokens are computed for a text of {length}, {ratio} times. Never predicted: {never}, of them 1 at the start, {skipped} between chunks and {end} at the end. With less than half a window of context: {few} of the other {predicted}; the mean is {mean} tokens.",
    fits: "The text of {length} tokens fits into a window of {window}: nothing is cut.",
    saysTruncate: "Each cut keeps {window} of {length} tokens and loses {lost}. An answer at token {at}, “{word}”, survives with {kept} and is lost with {lostBy}.",
    nobody: "none of these",
    saysCache: "At token {m} the cache holds {held} of {seen} keys (sinks: {sinks}, recent: {recent}); gone: {gone}. The farthest key is {far} tokens back, or {place} counted by places in the cache. Tokens computed so far: {seen}, or {again} if each step computes its window again.",
  },
  ko: {
    caption: "자를 때 무엇을 잃는지는 윈도와 스트라이드에 달려 있고, 그 수를 셀 수 있습니다. 단어는 『이상한 나라의 앨리스』의 토큰이며 0부터 셉니다. 텍스트를 조각으로 자르거나, 윈도 하나에 맞게 절단하거나, 롤링 캐시로 읽어 보십시오.",
    mode: "하는 일", modes: { chunks: "조각으로 자르기", truncate: "프롬프트 절단", cache: "롤링 캐시" },
    length: "텍스트", window: "윈도", stride: "스트라이드", at: "답이 있는 곳", sinks: "싱크", step: "지금 읽는 곳",
    tokens: "{n}토큰", token: "토큰 {n}", keys: "키 {n}개", inputs: "조각: 막대는 입력, 짧은 선은 마지막 타깃",
    context: "토큰을 예측할 때 쓸 수 있는 가장 긴 문맥", little: "윈도의 절반보다 짧음", more: "절반 이상", never: "예측되지 않음",
    ways: { front: "앞", back: "뒤", middle: "가운데", "head, tail": "앞과 뒤" },
    kept: "남음", answer: "답: 남으면 채워짐", gone: "버림", sink: "싱크: 끝까지 남는 처음 키", recent: "최근 키",
    now: "토큰 {n}에서 캐시에 있는 키", steps: "모든 토큰에서 본 캐시, 위에서 아래로",
    none: "{length}토큰으로는 {window}토큰짜리 조각을 만들 수 없습니다. 마지막 타깃까지 {need}토큰이 필요합니다.",
    saysChunks: "조각은 {chunks}개이고, {length}토큰짜리 텍스트에 {computed}토큰을 계산하므로 {ratio}배입니다. 한 번도 예측되지 않는 토큰은 {never}개로, 맨 앞에 1개, 조각 사이에 {skipped}개, 끝에 {end}개가 있습니다. 예측되는 {predicted}개 가운데 {few}개는 문맥이 윈도의 절반보다 짧으며, 평균 문맥은 {mean}토큰입니다.",
    fits: "{length}토큰짜리 텍스트는 {window}토큰짜리 윈도에 모두 들어가므로 자를 것이 없습니다.",
    saysTruncate: "어느 쪽을 남기든 {length}토큰 가운데 {window}토큰이 남고 {lost}토큰을 버립니다. 답은 토큰 {at}, “{word}”입니다. 답이 남는 방법: {kept}. 답을 잃는 방법: {lostBy}.",
    nobody: "없음",
    saysCache: "토큰 {m}에서 캐시에는 키 {seen}개 가운데 {held}개가 있습니다. 싱크가 {sinks}개, 최근 키가 {recent}개이고, 버린 키는 {gone}개입니다. 가장 먼 키는 {far}토큰 앞에 있고, 캐시 안의 자리로 세면 {place}칸 앞입니다. 지금까지 계산한 토큰은 {seen}개이며, 스텝마다 윈도를 다시 계산하면 {again}개입니다.",
  },
}

// A shorter text or a smaller window takes the answer, the token read and the sinks along.
const within = state => ({
  ...state, at: Math.min(state.at, state.length - 1), step: Math.min(state.step, state.length - 1), sinks: Math.min(state.sinks, state.window - 1),
})

export const controls = (given, words) => {
  const state = within(given)
  const range = (key, min, max, said) => ({ kind: "range", key, label: words[key], min, max, step: 1, value: fill(words[said], { n: state[key] }) })
  return [
    { kind: "choice", key: "mode", label: words.mode, options: Object.entries(words.modes) },
    range("length", 9, 256, "tokens"),
    range("window", 4, 64, state.mode === "cache" ? "keys" : "tokens"),
    ...{
      chunks: () => [range("stride", 1, 80, "tokens")],
      truncate: () => [range("at", 0, state.length - 1, "token")],
      cache: () => [range("sinks", 0, Math.min(16, state.window - 1), "keys"), range("step", 0, state.length - 1, "token")],
    }[state.mode](),
  ]
}

const holds = (parts, at) => parts.some(([first, beyond]) => first <= at && at < beyond)

export const say = (given, words, data) => {
  const { mode, length, window, stride, at, sinks, step } = within(given)
  if (mode === "cache") {
    const found = cache(step, window, sinks)
    return fill(words.saysCache, { ...found, m: step, place: found.held - 1, again: number(found.again) })
  }
  if (length <= window) return fill(mode === "chunks" ? words.none : words.fits, { length, window, need: window + 1 })
  if (mode === "truncate") {
    const list = wanted => Object.entries(keeps(length, window)).filter(([, parts]) => holds(parts, at) === wanted).map(([way]) => words.ways[way]).join(", ") || words.nobody
    return fill(words.saysTruncate, { window, length, lost: length - window, at, word: data.tokens[at], kept: list(true), lostBy: list(false) })
  }
  const found = losses(length, window, stride)
  return fill(words.saysChunks, { ...found, length, computed: number(found.computed), ratio: number(found.computed / length, 2), mean: number(found.mean, 1) })
}

const r1 = x => Number(x.toFixed(1))
const box = (x, y, width, height) => `M${r1(x)} ${r1(y)}h${r1(width)}v${r1(height)}h${r1(-width)}z`
const path = (d, style) => d ? `<path class="${style}" d="${d}"/>` : ""

export const draw = (given, words, { width, data }) => {
  const state = within(given), { mode, length } = state, left = 10, right = width - 30
  const x = scale([0, length], [left, right]), cell = x(1) - x(0)
  const [content, entries, floor] = { chunks, truncate, cache: rolling }[mode](state, words, x, cell)
  const upright = cell < 13, marked = { truncate: state.at, cache: state.step }[mode]
  const named = cell < 9 ? [0, length - 1].map(i => text(x(i + 0.5), floor + 16, i, "text muted", "middle")) : data.tokens.slice(0, length).map((token, i) => {
    const at = r1(x(i + 0.5) + 4), down = floor + 8
    return `<text class="text ink small${i === marked ? " bold" : ""}" x="${at}" y="${down}" text-anchor="end" transform="rotate(${upright ? -90 : -55} ${at} ${down})">${escape(token)}</text>`
  })
  let at = left, down = 352
  const key = entries.map(([style, label], k) => {
    if (width < 480 && k) [at, down] = [left, down + 19]
    const made = path(style.includes("line") ? cross(at + 6, down - 4) : box(at, down - 10, 12, 12), style) + text(at + 18, down, label, "text ink")
    at += width / entries.length
    return made
  })
  return svg(width, width < 480 ? 400 : 362, content + named.join("") + key.join(""))
}

const cross = (x, y) => `M${r1(x - 3.5)} ${r1(y - 3.5)}l7 7m0 -7l-7 7`

const chunks = ({ length, window, stride }, words, x, cell) => {
  const found = starts(length, window, stride), { times, context } = cost(length, window, stride)
  const rows = Math.max(4, Math.ceil(window / stride)), high = Math.min(20, 92 / rows), level = k => 26 + high * (k % rows)
  const thick = Math.max(1, high - 3), base = 244, tall = count => 84 * count / window
  const bars = found.map((start, k) => box(x(start), level(k), cell * window - 1, thick)).join("")
  const ends = found.map((start, k) => `M${r1(x(start + window))} ${r1(level(k) + thick / 2)}h${r1(cell * 0.9)}`).join("")
  const numbers = high < 14 || cell * window < 24 ? [] : found.map((start, k) => text(x(start + window / 2), level(k) + 13, k + 1, "text ink small", "middle"))
  const columns = wanted => context.map((count, i) => count && (2 * count < window) === wanted ? box(x(i) + 0.5, base - tall(count), cell - (cell > 4), tall(count)) : "").join("")
  const crosses = times.map((count, i) => count ? "" : cross(x(i + 0.5), base - 6)).join("")
  const counted = cell < 16 ? [] : context.map((count, i) => count ? text(x(i + 0.5), base - tall(count) - 3, count, "text ink small", "middle") : "")
  const lines = [window / 2, window].map(count => polyline([[x(0), base - tall(count)], [x(length), base - tall(count)]], "line grid") +
    text(x(length) + 4, base - tall(count) + 4, count, "text muted"))
  return [
    text(4, 14, words.inputs, "text muted") + text(4, 144, words.context, "text muted") + path(bars, "area muted faint") + path(ends, "line thin ink") +
    lines.join("") + path(columns(true), "area mark-position") + path(columns(false), "area mark-token") + path(crosses, "line thin mark-alibi") +
    numbers.join("") + counted.join("") + polyline([[x(0), base], [x(length), base]], "line thin muted"),
    [["area mark-position", words.little], ["area mark-token", words.more], ["line thin mark-alibi", words.never]], base,
  ]
}

const truncate = ({ length, window, at }, words, x) => {
  const ways = length > window ? keeps(length, window) : { front: [[0, length]] }
  const rows = Object.entries(ways).map(([way, parts], k) => {
    const y = 22 + 58 * k, kept = holds(parts, at)
    return text(4, y - 5, length > window ? words.ways[way] : words.kept, "text ink") + path(box(x(0), y, x(length) - x(0), 24), "area muted faint") +
      path(parts.map(([first, beyond]) => box(x(first), y, x(beyond) - x(first), 24)).join(""), "area mark-token") +
      `<circle class="area paper" cx="${r1(x(at + 0.5))}" cy="${y + 12}" r="7"/>` +
      `<circle class="${kept ? "area" : "line"} ink" cx="${r1(x(at + 0.5))}" cy="${y + 12}" r="5"/>`
  })
  return [rows.join(""), [["area mark-token", words.kept], ["area muted faint", words.gone], ["area ink", words.answer]], 244]
}

const rolling = ({ length, window, sinks, step }, words, x, cell) => {
  const top = 82, high = 162 / length, wide = Math.max(0.5, cell - (cell > 4))
  const triangle = (first, beyond) => Array.from({ length }, (_, m) => {
    const [from, to] = [first(m), Math.min(m + 1, beyond(m))]
    return to > from ? box(x(from), top + high * m, x(to) - x(from), high) : ""
  }).join("")
  const oldest = m => Math.max(0, m + 1 - (window - sinks))
  const strip = wanted => Array.from({ length: step + 1 }, (_, n) => {
    const fate = !mask(step, n, window, sinks) ? "gone" : n > step - (window - sinks) ? "recent" : "sink"
    return fate === wanted ? box(x(n), 22, wide, 22) : ""
  }).join("")
  const row = top + high * step
  return [
    text(4, 14, fill(words.now, { n: step }), "text muted") + text(4, 72, words.steps, "text muted") +
    path(strip("gone"), "area muted faint") + path(strip("recent"), "area mark-token") + path(strip("sink"), "area mark-position") +
    path(triangle(() => 0, m => m + 1), "area muted faint") + path(triangle(() => 0, m => Math.min(sinks, oldest(m))), "area mark-position") +
    path(triangle(oldest, m => m + 1), "area mark-token") + path(box(x(0), row, x(step + 1) - x(0), high), "line thin ink"),
    [["area mark-position", words.sink], ["area mark-token", words.recent], ["area muted faint", words.gone]], top + high * length,
  ]
}
