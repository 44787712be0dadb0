import { axes, fill, number, polyline, scale, svg, text } from "./kit.js"

// The speeds of every pair, in radians a token: the formulas of snippets/schemes, under the names they have there.

export const frequencies = (dim, base = 10000) =>
  Array.from({ length: dim / 2 }, (_, i) => base ** (-2 * i / dim))

export const p_rope_frequencies = (dim, p, base = 10000) =>
  frequencies(dim, base).map((theta, i) => i < Math.floor(p * dim / 2) ? theta : 0)

export const interpolated_frequencies = (dim, scale, base = 10000) =>
  frequencies(dim, base).map(theta => theta / scale)

export const ntk_frequencies = (dim, scale, base = 10000) =>
  frequencies(dim, base * scale ** (dim / (dim - 2)))

const pairOf = (turns, dim, trained, base) =>
  dim * Math.log(trained / (2 * Math.PI * turns)) / (2 * Math.log(base))

const clamp = x => Math.min(1, Math.max(0, x))

export const yarn_ramp = (dim, trained, base = 10000, alpha = 1, beta = 32, truncate = true) => {
  let first = pairOf(beta, dim, trained, base), last = pairOf(alpha, dim, trained, base)
  if (truncate) [first, last] = [Math.floor(first), Math.ceil(last)]
  first = Math.max(first, 0)
  return Array.from({ length: dim / 2 }, (_, i) => 1 - clamp((i - first) / (last - first)))
}

export const yarn_frequencies = (dim, scale, trained, base = 10000, alpha = 1, beta = 32, truncate = true) => {
  const g = yarn_ramp(dim, trained, base, alpha, beta, truncate)
  return frequencies(dim, base).map((theta, i) => (1 - g[i]) * theta / scale + g[i] * theta)
}

export const yarn_attention_factor = scale => 0.1 * Math.log(scale) + 1

export const llama3_frequencies = (dim, base = 500000, scale = 8, low = 1, high = 4, trained = 8192) =>
  frequencies(dim, base).map(theta => {
    const share = clamp((trained * theta / (2 * Math.PI) - low) / (high - low))
    return (share + (1 - share) / scale) * theta
  })

// What the figure shows ----------------------------------------------------

const SHARES = [0.25, 0.5, 0.75], FACTORS = [0, 2, 4, 8, 16, 32, 40]
const PARTIAL = ["partial_rope", "p_rope"] // the model was trained with these; the other methods stretch a trained model

// By how much the slowest pairs are slowed.
export const factorOf = ({ factor, trained, wanted }) => factor || Math.max(1, wanted / trained)

// Speeds in training and at the wanted length, of all pairs of a head; 0 for a pair that stands still.
export const speeds = state => {
  const { head, base, trained, method, share } = state, s = factorOf(state), rope = frequencies(head, base)
  if (method === "partial_rope") {
    const turned = frequencies(Math.floor(head * share), base)
    const own = rope.map((_, i) => turned[i] ?? 0)
    return { own, theta: own }
  }
  if (method === "p_rope") {
    const own = p_rope_frequencies(head, share, base)
    return { own, theta: own }
  }
  const theta = {
    rope: () => rope,
    position_interpolation: () => interpolated_frequencies(head, s, base),
    ntk_aware: () => ntk_frequencies(head, s, base),
    yarn: () => yarn_frequencies(head, s, trained, base),
    yarn_exact: () => yarn_frequencies(head, s, trained, base, 1, 32, false),
    llama3_scaling: () => llama3_frequencies(head, base, s, 1, 4, trained),
  }[method]()
  return { own: rope, theta }
}

// How pair i fares: "still", "turned" (completed a turn in training), "arc" (did not, and stays in the arc it met) or "new".
export const fates = state => {
  const { own, theta } = speeds(state), { trained, wanted } = state
  return own.map((speed, i) => {
    if (!speed) return "still"
    if (trained * speed >= 2 * Math.PI) return "turned"
    return wanted * theta[i] > trained * speed * (1 + 1e-9) ? "new" : "arc"
  })
}

export const counts = state => {
  const { own, theta } = speeds(state), found = fates(state), many = fate => found.filter(one => one === fate).length
  const turning = own.flatMap((speed, i) => speed ? [i] : [])
  const reached = found.map((fate, i) => fate === "new" ? state.wanted * theta[i] / (state.trained * own[i]) : 0)
  return {
    pairs: own.length, turning: turning.length, still: many("still"), turned: many("turned"),
    arc: many("arc"), fresh: many("new"), furthest: Math.max(...reached),
    kept: turning.filter(i => theta[i] > own[i] * (1 - 1e-9)).length,
    slowed: Math.max(...turning.map(i => own[i] / theta[i])),
  }
}

// Head, base, trained and wanted length, method and factor (0: wanted / trained); their sources stand in
// tests/live/test_live_wavelengths.py.
export const PRESETS = {
  llama: [128, 1e4, 2048, 8192, "position_interpolation", 0],
  llama31: [128, 5e5, 8192, 131072, "llama3_scaling", 8],
  qwen3: [128, 1e6, 32768, 131072, "yarn", 4],
  gptoss: [64, 1.5e5, 4096, 131072, "yarn_exact", 32],
  deepseek: [64, 1e4, 4096, 131072, "yarn", 40],
  gemma3: [256, 1e6, 32768, 131072, "position_interpolation", 8],
  gemma3local: [256, 1e4, 1024, 1024, "rope", 0],
  gemma4: [512, 1e6, 131072, 131072, "p_rope", 0],
  neox: [96, 1e4, 2048, 2048, "partial_rope", 0],
}
const KEYS = ["head", "base", "trained", "wanted", "method", "factor", "share"]
const preset = name => Object.fromEntries(KEYS.map((key, k) => [key, PRESETS[name][k] ?? 0.25]))

// The released model whose numbers these are, where the method uses them.
export const modelOf = state => Object.keys(PRESETS).find(name => {
  const unused = PARTIAL.includes(state.method) ? "factor" : "share", wanted = preset(name)
  return KEYS.every(key => key === unused || state[key] === wanted[key])
}) ?? ""

export const valid = ({ factor, share }) => FACTORS.includes(factor) && SHARES.includes(share)

export const state = { head: 128, base: 10000, trained: 2048, wanted: 8192, method: "rope", factor: 0, share: 0.25 }

const LENGTHS = Array.from({ length: 12 }, (_, k) => 512 * 2 ** k)
const BASES = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1.5e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7]

export const words = {
  en: {
    caption: "A pair that needs more tokens for a turn than the trained length has met only an arc, and longer text takes it to new angles unless it is slowed enough. A dot is a pair; the lower, the slower. Trained means before stretching.",
    model: "released model", own: "your own numbers", method: "method", head: "channels of a head",
    base: "base", trained: "trained on", wanted: "wanted", tokens: "{n} tokens", factor: "slow down by",
    ratio: "{s} (wanted ÷ trained)", times: "{s} times", share: "share that turns", pair: "pair", wave: "wavelength, in tokens",
    models: {
      llama: "LLaMA 7B, taken to 8K", llama31: "Llama 3.1 8B", qwen3: "Qwen3 with YaRN", gptoss: "gpt-oss 20B", deepseek: "DeepSeek-V3",
      gemma3: "Gemma 3 4B, global", gemma3local: "Gemma 3 4B, local", gemma4: "Gemma 4, global, as configured", neox: "GPT-NeoX 20B",
    },
    methods: {
      rope: "none: plain RoPE", position_interpolation: "position interpolation", ntk_aware: "NTK-aware scaling", yarn: "YaRN",
      yarn_exact: "YaRN, ramp not rounded", llama3_scaling: "Llama 3 scaling", partial_rope: "partial RoPE (truncated)", p_rope: "p-RoPE (proportional)",
    },
    turned: "completed a turn in training", arc: "met an arc, stays in it", new: "reaches new angles", still: "stands still",
    rope: "plain RoPE", trainedLine: "trained {n}", wantedLine: "wanted {n}",
    saysStill: "{still} of {pairs} pairs stand still at every distance.",
    saysTurned: "Of the {turning} pairs that turn, {turned} completed a turn in the trained {trained} tokens and {never} met only an arc.",
    saysAll: "All {turning} pairs that turn completed a turn in the trained {trained} tokens.",
    saysNew: "At {wanted} tokens {fresh} reach new angles, up to {furthest} times their arc.",
    saysNone: "At {wanted} tokens none reaches new angles.",
    saysKept: "Slowed: all but {kept}, up to {slowed} times.",
    saysSlowed: "Slowed: all, up to {slowed} times.",
    saysSame: "Slowed: none.",
    saysFactor: "Attention factor: cos and sin times {f}, which makes logits {f2} times as large.",
    saysNoFactor: "Attention factor: none.",
  },
  ko: {
    caption: "한 바퀴를 도는 데 학습 길이보다 많은 토큰이 필요한 쌍은 학습 중에 호만 거쳤고, 충분히 늦추지 않으면 더 긴 텍스트에서 처음 보는 각도까지 돕니다. 점 하나가 쌍 하나이며, 아래에 있을수록 느립니다. 학습 길이는 늘리기 전 길이입니다.",
    model: "공개된 모델", own: "직접 정한 값", method: "방식", head: "헤드의 채널 수",
    base: "밑", trained: "학습 길이", wanted: "읽을 길이", tokens: "{n}토큰", factor: "늦추는 배율",
    ratio: "{s} (읽을 길이 ÷ 학습 길이)", times: "{s}배", share: "도는 비율", pair: "쌍", wave: "파장, 단위는 토큰",
    models: {
      llama: "8K로 늘린 LLaMA 7B", llama31: "Llama 3.1 8B", qwen3: "YaRN을 쓴 Qwen3", gptoss: "gpt-oss 20B", deepseek: "DeepSeek-V3",
      gemma3: "Gemma 3 4B 전역 층", gemma3local: "Gemma 3 4B 지역 층", gemma4: "Gemma 4 전역 층, 설정값", neox: "GPT-NeoX 20B",
    },
    methods: {
      rope: "없음: 원래 RoPE", position_interpolation: "위치 보간", ntk_aware: "NTK-aware 스케일링", yarn: "YaRN",
      yarn_exact: "YaRN, 반올림 없음", llama3_scaling: "Llama 3 스케일링", partial_rope: "부분 RoPE (truncated)", p_rope: "p-RoPE (proportional)",
    },
    turned: "학습 중에 한 바퀴를 채움", arc: "거친 호 안에 머묾", new: "처음 보는 각도까지 돎", still: "돌지 않음",
    rope: "원래 RoPE", trainedLine: "학습 {n}", wantedLine: "읽을 길이 {n}",
    saysStill: "쌍 {pairs}개 가운데 {still}개는 거리와 상관없이 돌지 않습니다.",
    saysTurned: "도는 쌍 {turning}개 가운데 {turned}개는 학습한 {trained}토큰 안에서 한 바퀴를 채웠고, {never}개는 호만 거쳤습니다.",
    saysAll: "도는 쌍 {turning}개는 모두 학습한 {trained}토큰 안에서 한 바퀴를 채웠습니다.",
    saysNew: "{wanted}토큰에서 처음 보는 각도까지 도는 쌍은 {fresh}개이고, 가장 멀리 도는 쌍은 거친 호의 {furthest}배까지 돕니다.",
    saysNone: "{wanted}토큰에서 처음 보는 각도까지 도는 쌍은 없습니다.",
    saysKept: "속도가 그대로인 쌍은 {kept}개이고, 나머지는 최대 {slowed}배까지 느려집니다.",
    saysSlowed: "모든 쌍이 느려지며, 최대 {slowed}배입니다.",
    saysSame: "모든 쌍의 속도가 그대로입니다.",
    saysFactor: "어텐션 인수: 코사인과 사인이 {f}배, 따라서 점수는 {f2}배가 됩니다.",
    saysNoFactor: "어텐션 인수는 없습니다.",
  },
}

const times = x => number(x, Number.isInteger(x) ? 0 : x < 100 ? 2 : 0)

export const controls = (state, words) => {
  const lengths = key => ({ kind: "range", key, label: words[key], values: LENGTHS, value: fill(words.tokens, { n: number(state[key]) }) })
  const ratio = fill(words.ratio, { s: times(factorOf({ ...state, factor: 0 })) })
  const factors = FACTORS.map(s => [s, s ? fill(words.times, { s }) : ratio])
  const shares = SHARES.map(share => [share, number(share, 2)])
  const models = Object.keys(PRESETS).map(name => [name, words.models[name], preset(name)])
  return [
    { kind: "choice", label: words.model, options: [["", words.own, {}], ...models], chosen: modelOf(state) },
    { kind: "choice", key: "method", label: words.method, options: Object.entries(words.methods) },
    lengths("trained"),
    lengths("wanted"),
    { kind: "range", key: "base", label: words.base, values: BASES, value: number(state.base) },
    { kind: "choice", key: "head", label: words.head, options: [32, 64, 96, 128, 256, 512].map(head => [head, String(head)]) },
    ...PARTIAL.includes(state.method) ? [{ kind: "choice", key: "share", label: words.share, options: shares }] : [],
    ...PARTIAL.includes(state.method) || state.method === "rope" ? [] : [{ kind: "choice", key: "factor", label: words.factor, options: factors }],
  ]
}

export const say = (state, words) => {
  const found = counts(state), stretched = !PARTIAL.includes(state.method) && state.method !== "rope", f = yarn_attention_factor(factorOf(state))
  const { still, arc, fresh, kept, turning, furthest, slowed } = found
  const values = {
    ...found, never: arc + fresh, trained: number(state.trained), wanted: number(state.wanted),
    furthest: times(furthest), slowed: times(Number(slowed.toFixed(9))), f: number(f, 2), f2: number(f * f, 2),
  }
  const parts = [
    still && "saysStill",
    arc + fresh ? "saysTurned" : "saysAll",
    fresh ? "saysNew" : "saysNone",
    stretched && (kept === turning ? "saysSame" : kept ? "saysKept" : "saysSlowed"),
    stretched && (state.method.startsWith("yarn") ? "saysFactor" : "saysNoFactor"),
  ]
  const name = words.models[modelOf(state)]
  return (name ? `${name}: ` : "") + parts.filter(Boolean).map(part => fill(words[part], values)).join(" ")
}

const r2 = x => Number(x.toFixed(1))
const path = (places, shape, style) => places.length ? `<path class="${style}" d="${places.map(([x, y]) => shape(r2(x), r2(y))).join("")}"/>` : ""
const disc = r => (x, y) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`
const diamond = r => (x, y) => `M${x - r} ${y}l${r} ${-r}l${r} ${r}l${-r} ${r}z`

const POWERS = "1 10 100 1,000 10k 100k 1M 10M 100M 1G 10G 100G 1T".split(" ")

export const draw = (state, words, { width }) => {
  const { own, theta } = speeds(state), found = fates(state), wave = speed => Math.log10(2 * Math.PI / speed)
  const mark = `mark-${{ yarn_exact: "yarn", p_rope: "proportional_rope" }[state.method] ?? state.method}`, before = frequencies(state.head, state.base)
  const slowest = Math.max(...theta.filter(Boolean).map(wave), wave(before.at(-1)), Math.log10(Math.max(state.trained, state.wanted)))
  const deepest = Math.ceil(slowest + 0.05), narrow = width < 480, columns = narrow ? 1 : 2
  const still = found.includes("still"), entries = ["turned", "arc", "new", "rope", ...still ? ["still"] : []]
  const top = 26, bottom = 300, left = 44, right = width - 12
  const x = scale([-1, own.length], [left, right]), y = scale([deepest + (still ? 0.9 : 0), 0.5], [bottom, top])
  const edge = y(Math.log10(state.trained)), level = y(Math.log10(state.wanted))
  const places = fate => found.flatMap((one, i) => one === fate ? [[x(i), theta[i] ? y(wave(theta[i])) : y(deepest + 0.6)]] : [])
  const r = x(1) - x(0) < 6 ? 2 : 3
  const shapes = {
    turned: [disc(r), `area ${mark}`], arc: [disc(r), `line thin ${mark}`], new: [diamond(r + 1), "area mark-position"],
    still: [disc(r), "line thin muted"], rope: [disc(r / 2), "area muted"],
  }
  const ghosts = before.map((speed, i) => [x(i), y(wave(speed))])
  const moved = ghosts.flatMap(([at, from], i) => theta[i] && Math.abs(y(wave(theta[i])) - from) > 1 ? [[at, from, y(wave(theta[i]))]] : [])
  const links = moved.length ? `<path class="line thin muted faint" d="${moved.map(([at, from, to]) => `M${r2(at)} ${r2(from)}V${r2(to)}`).join("")}"/>` : ""
  const key = entries.map((entry, k) => {
    const at = left + (k % columns) * (right - left) / columns, down = bottom + 50 + 19 * Math.floor(k / columns)
    return path([[at + 5, down - 4]], ...shapes[entry]) + text(at + 15, down, words[entry], "text ink")
  })
  const [at, anchor] = PARTIAL.includes(state.method) ? [right - 4, "end"] : [left + 6, "start"] // few dots there
  const close = Math.abs(edge - level) < 16, below = close ? 15 : -5
  return svg(width, bottom + 56 + 19 * Math.floor(4 / columns),
    `<rect class="area mark-position faint" x="${left}" y="${r2(edge)}" width="${r2(right - left)}" height="${r2(y(deepest) - edge)}"/>` +
    axes({ x, y, xlabel: words.pair, ylabel: words.wave, xticks: [0, own.length / 2, own.length - 1].map(Math.floor), yticks: Array.from({ length: deepest }, (_, k) => k + 1), yformat: exponent => POWERS[exponent] }) +
    polyline([[left, edge], [right, edge]], "line thin mark-position") +
    polyline([[left, level], [right, level]], "line thin ink") +
    text(at, edge + (edge > level ? below : -5), fill(words.trainedLine, { n: number(state.trained) }), "text mark-position bold", anchor) +
    text(at, level + (edge > level ? -5 : below), fill(words.wantedLine, { n: number(state.wanted) }), "text ink bold", anchor) +
    links + path(ghosts, ...shapes.rope) +
    ["turned", "arc", "new", "still"].map(fate => path(places(fate), ...shapes[fate])).join("") + key.join(""))
}
