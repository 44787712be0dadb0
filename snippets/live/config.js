// Reads the config.json of a model and says where its attention learns positions. `parse` and `read` are pure; the
// second half puts a field and the answer on the page. Nothing is sent anywhere.
import { number, fill, styled } from "./kit.js"

export const LIMITS = { characters: 1e6, depth: 64, layers: 4096, dim: 16384 }

// What a family does, found by running transformers 5.23.0: snippets/data/record_configs.py, compared by a test.
// base and share: what is taken where the file says nothing; head: a head size that is no hidden_size / heads, or
// "heads" where head_dim is not read; partial: whether the type "default" reads partial_rotary_factor. Which layers
// attend: alternates, every second; listed, those of full_attn_idxs; ends, the last as well. longrope: other names of it.
// alpha, mscales: numbers that its code alone reads. original: the length before stretching where the file says none.
const HALVES = { layout: "halves" }, NEIGHBOURS = { layout: "neighbours" }, PARTIAL = { layout: "halves", partial: true }
const LATENT = { layout: "written as halves", latent: true }
const QWEN = { ...PARTIAL, share: 0.25, head: 256, every: 4, pattern: "full_attention_interval", recurrent: true }
const WINDOWS = { ...HALVES, turning: "sliding_attention", every: 4 }
const sliding = (base, full, more) => ({ ...HALVES, kinds: { sliding_attention: { rope_theta: base }, full_attention: full }, ...more })
export const FAMILIES = {
  afmoe: { ...WINDOWS, head: 128, pattern: "global_attn_every_n_layers" },
  apertus: { ...HALVES, base: 12e6, stretch: { rope_type: "llama3", rope_theta: 12e6, factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 } },
  arcee: HALVES, bitnet: { ...HALVES, base: 5e5 },
  cohere: { ...NEIGHBOURS, base: 5e5 }, cohere2: { ...NEIGHBOURS, turning: "sliding_attention", every: 4, pattern: "sliding_window_pattern" },
  deepseek_v2: { ...LATENT, layout: "neighbours" }, deepseek_v3: LATENT, glm_moe_dsa: LATENT,
  deepseek_v4: { layout: "neighbours", head: 512, share: 0.125, partial: true, last: true },
  ernie4_5: { ...NEIGHBOURS, base: 5e5, head: 128 },
  exaone4: { ...WINDOWS, pattern: "sliding_window_pattern", window: true }, exaone_moe: { ...WINDOWS, pattern: "sliding_window_pattern", window: true },
  falcon: { ...HALVES, head: "heads" }, flex_olmo: { ...HALVES, base: 5e5 },
  gemma: { ...HALVES, head: 256 }, gemma2: { ...HALVES, head: 256 },
  gemma3_text: sliding(1e4, { rope_theta: 1e6 }, { head: 256, every: 6, pattern: "sliding_window_pattern", old: { full_attention: "rope_theta", sliding_attention: "rope_local_base_freq" } }),
  gemma3n_text: sliding(1e4, { rope_theta: 1e6 }, { head: 256, every: 5, old: { full_attention: "rope_theta", sliding_attention: "rope_local_base_freq" } }),
  gemma4_text: sliding(1e4, { rope_type: "proportional", partial_rotary_factor: 0.25, rope_theta: 1e6 }, { head: 256, global: 512, every: 6, ends: true }),
  glm: { ...NEIGHBOURS, share: 0.5, partial: true, head: 128 }, glm4: { ...NEIGHBOURS, share: 0.5, partial: true, head: 128 },
  glm4_moe: { ...PARTIAL, share: 0.5 },
  gpt_neox: { ...PARTIAL, share: 0.25, own: ["rotary_emb_base", "rotary_pct"] },
  gpt_neox_japanese: { ...PARTIAL, own: ["rotary_emb_base", "rotary_pct"] },
  gpt_oss: { ...HALVES, base: 15e4, head: 64, stretch: { rope_type: "yarn", factor: 32, beta_fast: 32, beta_slow: 1, truncate: false, original_max_position_embeddings: 4096 } },
  gptj: { ...NEIGHBOURS, fixed: true },
  granite: HALVES, granitemoe: HALVES, helium: { ...NEIGHBOURS, base: 1e5, head: 128 }, hunyuan_v1_dense: { ...HALVES, alpha: true },
  laguna: sliding(1e4, { rope_theta: 5e5, partial_rotary_factor: 0.5 }, { head: 128, partial: true, nested: true }),
  lfm2: { ...HALVES, base: 1e6, listed: true }, llama: HALVES, llama4_text: { ...NEIGHBOURS, base: 5e5, head: 128, skips: true },
  minimax: { ...HALVES, base: 1e6, alternates: true }, minimax_m2: { ...PARTIAL, base: 5e6, head: 128 },
  ministral: HALVES, ministral3: { ...HALVES, head: 128, stretch: { rope_type: "yarn", rope_theta: 1e6, factor: 16, original_max_position_embeddings: 16384, beta_fast: 32, beta_slow: 1, mscale: 1, mscale_all_dim: 1 } }, mistral: HALVES, mixtral: { ...HALVES, base: 1e6 },
  modernbert: sliding(1e4, { rope_theta: 16e4 }, { every: 3, first: true, pattern: "global_attn_every_n_layers", both: true, old: { full_attention: "global_rope_theta", sliding_attention: "local_rope_theta" } }),
  nanochat: { ...HALVES, backwards: true }, nemotron: { ...PARTIAL, share: 0.5 }, nomic_bert: { ...HALVES, base: 1e3 },
  olmo: HALVES, olmo2: HALVES,
  olmo3: sliding(5e5, { rope_theta: 5e5 }, { every: 4, old: { full_attention: "rope_theta" } }),
  olmoe: HALVES, persimmon: { ...PARTIAL, share: 0.5 }, phi: { ...PARTIAL, share: 0.5 }, phi3: { ...PARTIAL, original: 4096, longrope: ["su", "yarn"] }, phimoe: { ...HALVES, base: 1e6, mscales: true },
  qwen2: HALVES, qwen2_moe: HALVES, qwen3: { ...HALVES, head: 128 }, qwen3_moe: HALVES,
  qwen3_5_text: QWEN, qwen3_5_moe_text: QWEN, qwen3_next: QWEN,
  seed_oss: { ...HALVES, head: 128 }, smollm3: { ...HALVES, base: 2e6, skips: true }, stablelm: { ...PARTIAL, share: 0.25 }, starcoder2: HALVES,
}
// Families that do not turn at all, and where their positions come from.
export const OTHERS = {
  gpt2: ["table", "n_positions", 1024, 0], gpt_bigcode: ["table", "n_positions", 1024, 0], gpt_neo: ["table", "max_position_embeddings", 2048, 0],
  bert: ["table", "max_position_embeddings", 512, 0], distilbert: ["table", "max_position_embeddings", 512, 0], electra: ["table", "max_position_embeddings", 512, 0],
  roberta: ["padded", "max_position_embeddings", 512, 2], "xlm-roberta": ["padded", "max_position_embeddings", 512, 2], camembert: ["padded", "max_position_embeddings", 512, 2],
  opt: ["offset", "max_position_embeddings", 2048, 2],
  bloom: ["alibi", "n_head", 8], mpt: ["alibi", "n_heads", 16],
  t5: ["buckets"], mt5: ["buckets"], umt5: ["buckets"],
  jamba: ["none"], nemotron_h: ["none"], kimi_linear: ["none"],
}
export const TYPES = {
  default: [], linear: ["factor"], dynamic: ["factor"],
  yarn: ["factor", "original_max_position_embeddings", "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate"],
  longrope: ["short_factor", "long_factor", "original_max_position_embeddings", "attention_factor", "factor"],
  llama3: ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
  proportional: ["factor"],
}

// JSON, with places -----------------------------------------------------------

const place = (text, at) => {
  const before = text.slice(0, at).split("\n")
  return { line: before.length, column: [...before.at(-1)].length + 1 }
}

// The value of a JSON text; objects have no prototype. Throws { error, line, column, … } at the first fault.
export const parse = text => {
  let at = 0
  const fail = (error, more = {}) => { throw { error, ...place(text, at), ...more } }
  const space = () => { while (" \n\r\t".includes(text[at]) && at < text.length) at++ }
  const seen = () => at >= text.length ? "" : String.fromCodePoint(text.codePointAt(at))
  const string = () => {
    const start = at++
    for (; text[at] !== '"'; at++) {
      if (at >= text.length) { at = start; fail("unclosed") }
      if (text[at] < " ") fail("control")
      if (text[at] === "\\" && !/^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/.test(text.slice(at, at + 6))) fail("escape")
      if (text[at] === "\\") at++
    }
    return JSON.parse(text.slice(start, ++at))
  }
  const value = depth => {
    space()
    if (depth > LIMITS.depth) fail("deep", { limit: LIMITS.depth })
    const sign = text[at]
    if (sign === '"') return string()
    if (sign === "{" || sign === "[") {
      const made = sign === "{" ? Object.create(null) : [], end = sign === "{" ? "}" : "]"
      at++
      space()
      if (text[at] === end) { at++; return made }
      for (;;) {
        space()
        if (sign === "{") {
          if (text[at] !== '"') fail("key", { seen: seen() })
          const start = at, key = string()
          if (key in made) { at = start; fail("twice", { key }) }
          space()
          if (text[at] !== ":") fail("colon", { seen: seen() })
          at++
          made[key] = value(depth + 1)
        } else made.push(value(depth + 1))
        space()
        if (text[at] === end) { at++; return made }
        if (text[at] !== ",") fail("comma", { seen: seen(), end })
        at++
      }
    }
    const [word] = /^[^\s,:{}[\]"]{0,400}/.exec(text.slice(at, at + 400))
    if (Object.hasOwn({ true: 1, false: 1, null: 1 }, word)) { at += word.length; return { true: true, false: false, null: null }[word] }
    if (/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(word)) {
      if (!Number.isFinite(Number(word))) fail("large", { seen: word })
      at += word.length
      return Number(word)
    }
    return fail(/^[-+]?(NaN|Infinity)$/.test(word) ? "nan" : "value", { seen: word.slice(0, 20) || seen() })
  }
  const found = value(0)
  space()
  if (at < text.length) fail("after", { seen: seen() })
  return found
}

// Kinds of values -----------------------------------------------------------------

const is = {
  count: x => Number.isSafeInteger(x) && x > 0, positive: x => typeof x === "number" && x > 0, base: x => typeof x === "number" && x > 1,
  pattern: x => is.count(x) || is.text(x), numbers: x => Array.isArray(x) && x.every(is.number),
  share: x => typeof x === "number" && x > 0 && x <= 1, number: x => typeof x === "number", flag: x => typeof x === "boolean",
  text: x => typeof x === "string", object: x => typeof x === "object" && x !== null && !Array.isArray(x),
  texts: x => Array.isArray(x) && x.every(one => typeof one === "string"), switches: x => Array.isArray(x) && x.every(one => one === 0 || one === 1),
  factors: x => Array.isArray(x) && x.length > 0 && x.every(one => typeof one === "number" && one > 0),
}
const kindsOf = (kind, keys) => keys.split(" ").map(key => [key, kind])
const KEYS = Object.fromEntries([
  ...kindsOf("count", "hidden_size num_attention_heads num_hidden_layers head_dim global_head_dim max_position_embeddings original_max_position_embeddings n_positions n_embd n_head n_heads n_layer rotary_dim qk_rope_head_dim qk_nope_head_dim no_rope_layer_interval full_attention_interval d_model global_attn_every_n_layers relative_attention_num_buckets relative_attention_max_distance"),
  ...kindsOf("pattern", "sliding_window_pattern"), ...kindsOf("base", "rope_theta rotary_emb_base rope_local_base_freq global_rope_theta local_rope_theta compress_rope_theta"),
  ...kindsOf("share", "partial_rotary_factor rotary_pct"), ...kindsOf("object", "rope_scaling rope_parameters text_config"),
  ...kindsOf("texts", "layer_types"), ...kindsOf("numbers", "full_attn_idxs compress_ratios"), ...kindsOf("switches", "no_rope_layers"), ...kindsOf("flag", "alibi rope_interleave"), ...kindsOf("text", "model_type"),
])
const ROPE = Object.fromEntries([
  ...kindsOf("base", "rope_theta"), ...kindsOf("share", "partial_rotary_factor"), ...kindsOf("text", "rope_type type"),
  ...kindsOf("positive", "factor beta_fast beta_slow low_freq_factor high_freq_factor attention_factor"),
  ...kindsOf("number", "mscale mscale_all_dim"), ...kindsOf("count", "original_max_position_embeddings"),
  ...kindsOf("flag", "truncate"), ...kindsOf("factors", "short_factor long_factor"),
])
const DEAD = ["rope_theta", "rotary_emb_base", "rotary_pct", "rope_local_base_freq", "global_rope_theta", "local_rope_theta", "rotary_dim", "partial_rotary_factor", "rope_scaling", "rope_parameters", "no_rope_layers"]

const shown = value => {
  const text = typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? `[… ${value.length}]` : typeof value === "object" && value ? "{…}" : String(value)
  const seen = text.replace(/[\p{Z}\p{C}]/gu, one => one === " " ? one : `\\u${one.codePointAt(0).toString(16).padStart(4, "0")}`)
  return seen.length > 40 ? `${seen.slice(0, 40)}…` : seen
}

// Speeds -------------------------------------------------------------------------

const TURN = 2 * Math.PI
export const plain = (dim, base, count = Math.ceil(dim / 2), over = dim) => Array.from({ length: count }, (_, i) => base ** (-2 * i / over))

// Speed of every pair in radians a token, and what multiplies cos and sin: for `dim` channels and a rope dictionary
// that holds every number its type needs. `length` is that of the text, where a type looks at it.
export const speeds = (rope, dim, length = 0) => {
  const { rope_theta: base, factor = 1, original_max_position_embeddings: original } = rope
  const theta = plain(dim, base), mscale = (scale, m = 1) => scale <= 1 ? 1 : 0.1 * m * Math.log(scale) + 1
  switch (rope.rope_type) {
    case "linear": return { theta: theta.map(x => x / factor), attention: 1 }
    case "proportional": {
      const turned = Math.floor((rope.partial_rotary_factor ?? 1) * dim / 2)
      return { theta: theta.map((x, i) => i < turned ? x / factor : 0), attention: 1 }
    }
    case "dynamic": {
      const longer = Math.max(length, rope.max) / rope.max
      return { theta: plain(dim, base * (factor * longer - (factor - 1)) ** (dim / (dim - 2))), attention: 1 }
    }
    case "llama3": {
      const { low_freq_factor: low, high_freq_factor: high } = rope
      const kept = theta.map(x => high > low ? Math.min(1, Math.max(0, (original * x / TURN - low) / (high - low))) : Number(original * x >= TURN * low))
      return { theta: theta.map((x, i) => (kept[i] + (1 - kept[i]) / factor) * x), attention: 1 }
    }
    case "longrope": {
      const slowed = length > original ? rope.long_factor : rope.short_factor
      const attention = rope.attention_factor ?? (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)))
      return { theta: theta.map((x, i) => x / slowed[i]), attention }
    }
    case "yarn": {
      const pair = turns => dim * Math.log(original / (turns * TURN)) / (2 * Math.log(base))
      let first = pair(rope.beta_fast || 32), last = pair(rope.beta_slow || 1)
      if (rope.truncate ?? true) [first, last] = [Math.floor(first), Math.ceil(last)];
      [first, last] = [Math.max(first, 0), Math.min(last, dim - 1)]
      if (first === last) last += 0.001
      const { mscale: m, mscale_all_dim: all } = rope
      const attention = rope.attention_factor ?? (m && all ? mscale(factor, m) / mscale(factor, all) : mscale(factor))
      const kept = theta.map((_, i) => 1 - Math.min(1, Math.max(0, (i - first) / (last - first))))
      return { theta: theta.map((x, i) => (kept[i] + (1 - kept[i]) / factor) * x), attention }
    }
    default: return { theta, attention: 1 }
  }
}

// The reading -------------------------------------------------------------------------

// Which layers are of which kind; null if the file does not say how many there are.
const layersOf = (config, family, count) => {
  if (config.layer_types) return config.layer_types.map((type, i, all) => type === "attention" || (family.ends && i === all.length - 1) ? "full_attention" : type)
  if (!count) return null
  if (family.alternates) return Array.from({ length: count }, (_, i) => i % 2 ? "linear_attention" : "full_attention")
  if (family.listed && config.full_attn_idxs) return Array.from({ length: count }, (_, i) => config.full_attn_idxs.includes(i) ? "full_attention" : "conv")
  if (family.last && config.compress_ratios) return config.compress_ratios.slice(0, count).map(ratio => ratio ? "compressed" : "sliding_attention")
  const every = config[family.pattern] ?? family.every
  const other = family.recurrent ? "linear_attention" : "sliding_attention"
  return Array.from({ length: count }, (_, i) => !every || (i + (family.first ? 0 : 1)) % every === 0 || (family.ends && i === count - 1) ? "full_attention" : other)
}

// Which of them turn: 1 or 0 a layer.
const turnsOf = (config, family, types) => types.map((type, i) => {
  if (/linear|mamba|conv/.test(type)) return 0
  if (family.skips) return config.no_rope_layers?.length ? config.no_rope_layers[i] ?? 0 : Number((i + 1) % (config.no_rope_layer_interval ?? 4) !== 0)
  return Number(!family.turning || type === family.turning || (family.window && config.sliding_window === null))
})

// The rope dictionaries of a file by kind of layer, as transformers makes them of old keys and new.
const dictionaries = (config, family, warn) => {
  const old = config.rope_scaling, now = family.kinds && !family.old ? old ?? config.rope_parameters : config.rope_parameters, used = new Set(["rope_parameters", "rope_scaling"])
  const take = key => { if (key in config && config[key] !== null) used.add(key); return config[key] ?? undefined }
  const nested = now && Object.keys(now).filter(key => is.object(now[key]))
  if (old && config.rope_parameters && !family.old) { if (Object.keys(old).length) warn("both") }
  else if (old) warn("scaling")
  let found
  if (family.last) {
    const { main, compress, ...flat } = { ...(old ?? now ?? {}) }, yarn = (flat.rope_type ?? flat.type) === "yarn" && { attention_factor: 1 }
    found = main && compress ? { main, compress } : { main: { rope_theta: take("rope_theta") ?? 1e4 }, compress: { ...yarn, ...flat, partial_rotary_factor: undefined, rope_theta: take("compress_rope_theta") ?? 16e4 } }
    found = { main: { ...found.main }, compress: { ...found.compress } }
  } else if (family.kinds) {
    if (now && !nested.length) warn("flat")
    found = {}
    for (const [kind, given] of Object.entries(family.kinds)) {
      const base = family.old?.[kind] && take(family.old[kind])
      const more = family.old && old && (kind === "full_attention" || family.both) ? now?.[kind] ? old : { rope_type: "default", ...old } : undefined
      if (more?.type && !old.rope_type && !now?.[kind]) warn("dead", { key: "rope_scaling.type" })
      found[kind] = { ...(now?.[kind] ? { rope_theta: given.rope_theta } : given), ...(base && { rope_theta: base }), ...now?.[kind], ...more }
    }
    if (config.model_type === "olmo3" && config.rope_theta && config.rope_theta !== 5e5) warn("olmo3", { base: config.rope_theta })
  } else if (nested?.length && !FAMILIES[config.model_type]) {
    found = Object.fromEntries(nested.map(key => [key, { ...now[key] }]))
  } else {
    if (nested?.length) warn("nested", { key: `rope_parameters.${nested[0]}` })
    const flat = old && Object.keys(old).length ? old : now ?? family.stretch ?? {}
    const [base, share] = family.own ?? ["rope_theta", "partial_rotary_factor"], theirs = take(base), part = take(share)
    found = { all: { ...(theirs !== undefined && { rope_theta: theirs }), ...(part !== undefined && { partial_rotary_factor: part }), ...flat } }
    if (config.rotary_dim && config.model_type === "minimax_m2") { take("rotary_dim"); found.all.partial_rotary_factor ??= config.rotary_dim / (config.head_dim ?? 128) }
  }
  if (!family.own) take("partial_rotary_factor")
  if (family.kinds && !family.old) take("rope_parameters")
  if (family.skips) take("no_rope_layers")
  if (!FAMILIES[config.model_type]) DEAD.forEach(take)
  for (const key of DEAD) if (config[key] !== undefined && config[key] !== null && !used.has(key)) warn("dead", { key })
  return found
}

const span = numbers => {
  const parts = []
  for (const n of numbers) parts.at(-1)?.[1] === n - 1 ? parts.at(-1)[1] = n : parts.push([n, n])
  return parts.map(([a, b]) => a === b ? a : `${a}–${b}`).join(", ")
}
const many = x => x >= 1e15 ? x.toExponential(1) : x >= 100 || Number.isInteger(x) ? number(x) : number(x, 2)
const exact = x => Number.isInteger(x) ? number(x) : String(Number(x.toPrecision(6)))

// What a config.json means, in `words`: { problems } or { sentence, rows, kinds, warnings }. `kinds` has the numbers.
export const read = (text, words) => {
  const problems = [], warnings = [], rows = [], kinds = []
  const fault = (path, value, expected) => problems.push(fill(words.fault, { path, value: value === undefined ? words.missing : shown(value), expected: words.expected[expected] ?? expected }))
  const warn = (id, values = {}) => warnings.push({ id, text: fill(words.warnings[id], values) })
  const check = (object, spec, path) => {
    for (const key of Object.keys(object)) if (Object.hasOwn(spec, key) && object[key] !== null && !is[spec[key]](object[key])) fault(path + key, object[key], spec[key])
  }
  const failed = () => ({ problems, sentence: fill(words.wrong, { count: problems.length }), rows: [], kinds: [], warnings: [] })
  if (!text.trim()) return { problems: [], sentence: words.empty, rows, kinds, warnings }
  let config, path = ""
  if (text.length > LIMITS.characters) problems.push(fill(words.long, { count: number(text.length), limit: number(LIMITS.characters) }))
  else try { config = parse(text) } catch (found) {
    if (!found.error) throw found
    problems.push(fill(words.place, found) + fill(words.json[found.error], { ...found, seen: found.seen === "" ? words.end : shown(found.seen ?? ""), key: shown(found.key ?? "") }))
  }
  if (problems.length) return failed()
  if (!is.object(config)) { fault(words.whole, config, "object"); return failed() }
  if (is.object(config.text_config)) {
    path = "text_config."
    rows.push([words.part, "text_config"])
    config = config.text_config
  }
  check(config, KEYS, path)
  if (typeof config.sliding_window_pattern === "string" && !config.layer_types) fault(`${path}sliding_window_pattern`, config.sliding_window_pattern, "count")
  if (config.num_hidden_layers > LIMITS.layers) fault(`${path}num_hidden_layers`, config.num_hidden_layers, fill(words.most, { limit: LIMITS.layers }))
  for (const key of ["rope_scaling", "rope_parameters"]) if (is.object(config[key])) {
    check(config[key], ROPE, `${path}${key}.`)
    for (const kind of Object.keys(config[key])) if (is.object(config[key][kind])) check(config[key][kind], ROPE, `${path}${key}.${kind}.`)
  }
  if (problems.length) return failed()

  const type = config.model_type, known = typeof type === "string" && Object.hasOwn(FAMILIES, type), family = known ? FAMILIES[type] : {}
  const name = type === undefined || type === null ? words.nameless : shown(type).replace(/^"|"$/g, "")
  const hidden = config.hidden_size ?? config.n_embd ?? config.d_model, heads = config.num_attention_heads ?? config.n_head ?? config.n_heads
  const count = config.num_hidden_layers ?? config.n_layer ?? config.n_layers
  const done = sentence => ({ problems, sentence, rows, kinds, warnings })
  const other = config.alibi === true && type === "falcon" ? ["alibi", "num_attention_heads", 71] : Object.hasOwn(OTHERS, type ?? "") ? OTHERS[type] : null
  if (other) {
    const [kind, key, usual, offset] = other, size = config[key] ?? (key === "n_head" ? config.num_attention_heads : undefined) ?? usual
    const buckets = config.relative_attention_num_buckets ?? 32, far = config.relative_attention_max_distance ?? 128
    rows.push([words.positions, fill(words.others[kind], { key, rows: many(size ?? 0), free: many((size ?? 0) - (offset ?? 0)), all: many((size ?? 0) + (offset ?? 0)), offset, buckets, far })])
    for (const dead of DEAD) if (config[dead] !== undefined && config[dead] !== null) warn("dead", { key: path + dead })
    return done(`${name}: ${rows.at(-1)[1]}`)
  }
  if (!known) warn("unknown", { type: name })

  const latent = family.latent || (!known && config.qk_rope_head_dim), layout = type === "deepseek_v3" && config.rope_interleave === false ? "halves" : family.layout
  let head = latent ? config.qk_rope_head_dim ?? 64 : family.fixed ? config.rotary_dim ?? 64 : family.head === "heads" ? undefined : config.head_dim === undefined ? family.head : config.head_dim
  if (head === undefined || head === null) {
    if (!hidden || !heads) fault(path + (hidden ? "num_attention_heads" : "hidden_size"), undefined, "count")
    else {
      head = Math.floor(hidden / heads)
      if (hidden % heads) warn("floor", { hidden, heads, head })
    }
    if (family.head === "heads" && config.head_dim && config.head_dim !== head) warn("dead", { key: `${path}head_dim` })
  }
  const max = config.max_position_embeddings ?? config.n_positions
  const given = family.fixed ? { all: { rope_theta: 1e4 } } : dictionaries(config, family, warn)
  if (family.fixed) for (const key of DEAD) if (key !== "rotary_dim" && config[key] !== undefined && config[key] !== null) warn("dead", { key: path + key })
  const types = layersOf(config, family, count), turning = types && turnsOf(config, family, types)
  if (config.layer_types && count && count !== config.layer_types.length) warn("layers", { listed: config.layer_types.length, count })
  const where = config.rope_scaling ? "rope_scaling" : "rope_parameters"

  for (const [kind, rope] of Object.entries(given)) {
    const at = `${path}${where}.${kind === "all" || where === "rope_scaling" ? "" : `${kind}.`}`
    if (rope.truncate === null) rope.truncate = false
    for (const key of Object.keys(rope)) if (rope[key] === null) delete rope[key]
    const own = rope.rope_type ?? rope.type ?? "default", kept = own === "mrope" ? "default" : family.longrope?.includes(own) ? "longrope" : own
    if (!rope.rope_type && rope.type) warn("type", { at })
    if (own === "mrope") warn("mrope")
    if (!Object.hasOwn(TYPES, kept)) { fault(`${at}${rope.rope_type ? "rope_type" : "type"}`, own, Object.keys(TYPES).join(", ")); continue }
    rope.rope_type = kept
    if (rope.rope_theta === undefined) {
      rope.rope_theta = family.base ?? (kind === "compress" ? 16e4 : 1e4)
      warn("base", { base: number(rope.rope_theta) })
    }
    const shared = rope.partial_rotary_factor ?? (family.own ? undefined : config.partial_rotary_factor) ?? (family.last && config.qk_rope_head_dim ? config.qk_rope_head_dim / head : config.partial_rotary_factor === null && !family.own && !family.last ? undefined : family.share) ?? 1
    const reads = kept !== "default" || family.partial || !known, whole = (kind === "full_attention" && (config.global_head_dim ?? family.global)) || head
    if (whole === undefined) continue
    if (shared < 1 && !reads) warn("share", { share: shared, type: name })
    if (kept === "proportional") rope.partial_rotary_factor = shared
    const dim = kept === "proportional" || !reads ? whole : Math.floor(whole * shared)
    if (dim > LIMITS.dim || dim < 2 || (kept === "dynamic" && dim < 4)) { fault(`${path}head_dim`, dim, fill(words.between, { least: kept === "dynamic" ? 4 : 2, limit: LIMITS.dim })); continue }
    if (dim % 2) warn("odd", { dim })
    const needs = { linear: ["factor"], dynamic: ["factor"], llama3: ["factor", "low_freq_factor", "high_freq_factor"], longrope: ["short_factor", "long_factor"] }[kept] ?? []
    for (const key of needs) if (rope[key] === undefined) fault(at + key, undefined, ROPE[key])
    if (["yarn", "llama3", "longrope"].includes(kept)) {
      const before = config.original_max_position_embeddings ?? family.original
      if (kind === "all" && before) rope.original_max_position_embeddings = before
      else if (rope.original_max_position_embeddings === undefined) {
        if (!max) fault(`${at}original_max_position_embeddings`, undefined, "count")
        else warn("original", { at, max: number(max) })
        rope.original_max_position_embeddings = max
      }
      rope.factor ??= max / rope.original_max_position_embeddings
      if (!Number.isFinite(rope.factor)) fault(`${at}factor`, undefined, "positive")
      const { factor, original_max_position_embeddings: original } = rope
      if (max && kept !== "llama3" && max !== original && Math.abs(max / original - factor) > 1e-6 * factor) warn("ratio", { max: number(max), factor, original: number(original), product: number(factor * original) })
    } else if (kept === "dynamic") {
      if (!max) fault(`${path}max_position_embeddings`, undefined, "count")
      rope.max = max
    }
    if (kept === "yarn" && (rope.beta_fast || 32) < (rope.beta_slow || 1)) fault(`${at}beta_fast`, rope.beta_fast, fill(words.above, { low: rope.beta_slow || 1 }))
    if (kept === "longrope") for (const key of ["short_factor", "long_factor"]) if (rope[key] && rope[key].length !== Math.ceil(dim / 2)) fault(at + key, rope[key], fill(words.listed, { count: Math.ceil(dim / 2) }))
    if (family.mscales && kept !== "default") {
      if (!is.number(rope.short_mscale)) fault(`${at}short_mscale`, rope.short_mscale, "number")
      rope.attention_factor = rope.short_mscale
    }
    if (problems.length) continue
    if (rope.factor < 1) warn("below", { at, factor: rope.factor })
    if (kept === "proportional" && rope.factor !== undefined && rope.factor !== 1) warn("divides", { at, factor: rope.factor })
    if (rope.truncate === false && kept === "yarn" && kind !== "all") { warn("truncate", { at }); rope.truncate = true }
    const unread = Object.keys(rope).filter(key => Object.hasOwn(ROPE, key) && !["rope_theta", "rope_type", "type", "partial_rotary_factor", ...TYPES[kept]].includes(key))
    if (unread.length) warn("unread", { keys: unread.map(key => at + key).join(", "), type: own })

    const fixed = family.alpha && kept === "dynamic" && is.number(rope.alpha) && rope.alpha, asked = fixed ? { ...rope, rope_type: "default", rope_theta: rope.rope_theta * rope.alpha ** (dim / (dim - 2)) } : rope
    const { theta, attention } = speeds(asked, dim), later = ["longrope", "dynamic"].includes(kept) && !fixed && !family.mscales && speeds(rope, dim, 2 * max).theta
    const mine = types && types.map((t, i) => turning[i] && (kind === "all" || (kind === "main" ? t === "sliding_attention" : kind === "compress" ? t !== "sliding_attention" : t === kind)) ? i : -1).filter(i => i >= 0)
    const moving = theta.filter(x => x > 0), trained = rope.original_max_position_embeddings ?? max
    const turned = trained ? moving.filter(x => x * trained >= TURN * (1 - 1e-12)).length : undefined
    const scores = attention ** 2 * (family.latent && kept !== "default" && rope.mscale_all_dim ? (rope.factor <= 1 ? 1 : 0.1 * rope.mscale_all_dim * Math.log(rope.factor) + 1) ** 2 : 1)
    const label = kept === "default" ? words.unstretched : `${kept}${rope.factor === undefined ? "" : fill(words.by, { factor: exact(rope.factor) })}`
    const lines = [
      ...(mine ? [[words.layers, mine.length === types.length ? fill(words.all, { count: types.length }) : mine.length ? fill(words.some, { count: mine.length, of: types.length, list: span(mine) }) : words.none]] : []),
      [words.base, exact(rope.rope_theta)], [words.stretched, label],
      [words.channels, fill(family.last ? words.lastChannels : words.turning, { turned: 2 * moving.length, of: Math.max(whole, 2 * theta.length), pairs: moving.length })],
      [words.waves, moving.length ? fill(words.waved, { fast: many(TURN / moving[0]), slow: many(TURN / Math.min(...moving)) }) : words.no],
      [words.complete, trained ? fill(words.completed, { turned, pairs: moving.length, trained: number(trained) }) : words.unsure],
      [words.attention, Math.abs(attention - 1) < 1e-9 && Math.abs(scores - 1) < 1e-9 ? words.one : fill(words.times, { attention: exact(attention), scores: exact(scores) })],
    ]
    if (later) lines.push([words.later, fill(words.waved, { fast: many(TURN / later[0]), slow: many(TURN / later.at(-1)) })])
    if (shared < 1 && reads) {
      const count = Math.floor(shared * whole / 2), cut = TURN * rope.rope_theta ** (2 * Math.max(count - 1, 0) / whole), full = TURN / plain(Math.floor(whole * shared), rope.rope_theta).at(-1)
      warn("dialects", { share: exact(shared), here: words[kept === "proportional" ? "proportional" : "truncated"], truncated: many(full), proportional: many(cut) })
    }
    kinds.push({ name: kind === "all" ? words.turningLayers : kind, kind, layers: mine, rows: lines, theta, attention, scores, trained, turned, moving: moving.length, long: later || undefined, layout, whole, last: family.last })
  }
  if (problems.length) return failed()
  if (!max) warn("length")
  rows.push([words.model, name], [words.layout, known ? fill(words.layouts[layout], {}) + (family.backwards ? ` ${words.backwards}` : "") : words.unknown])
  if (latent) rows.push([words.decoupled, fill(words.decoupledText, { head })])
  if (turning?.includes(0)) rows.push([words.without, fill(words.some, { count: turning.filter(one => !one).length, of: types.length, list: span(turning.flatMap((one, i) => one ? [] : [i])) })])
  else if (types && known) rows.push([words.without, words.none])
  const scaled = config.rope_scaling ?? config.rope_parameters ?? (type === "ministral3" ? { llama_4_scaling_beta: 0.1 } : {})
  if (type === "llama4_text" && config.attn_temperature_tuning !== false && turning?.includes(0)) rows.push([words.grows, words.growsOnly])
  else if ((!known || type === "ministral3") && Object.hasOwn(scaled, "llama_4_scaling_beta")) rows.push([words.grows, words.growsAll])
  const [main] = kinds.filter(one => !one.layers || one.layers.length)
  const seen = main ? kinds.map(one => fill(words.kind, { name: one.name, moving: one.moving, pairs: one.theta.length, base: one.rows.find(([label]) => label === words.base)[1] }) + (one.trained ? fill(words.within, { turned: one.turned, trained: number(one.trained) }) : ".")).join(" ") : words.no
  return done(`${name}: ${seen} ${fill(words.noted, { count: warnings.length })}`)
}

// Words ------------------------------------------------------------------------------

export const words = {
  en: {
    field: "A config.json", example: "Start from a released model", choose: "your own, or choose one", pairs: "Every pair of {name}", warned: "Take a second look", wrongs: "What is wrong",
    pair: "pair", together: "channels", speed: "radians a token", wave: "wavelength, tokens", turns: "turns when trained", still: "stands still",
    empty: "Paste a config.json above.", wrong: "Not read: {count} fault(s).", long: "The text has {count} characters; more than {limit} are not read. A config.json has a few thousand.",
    place: "Line {line}, column {column}: ", end: "the end of the text", missing: "nothing", whole: "the whole text", part: "Read", fault: "{path}: found {value}, expected {expected}.",
    json: { unclosed: "this text in quotes is never closed.", control: "a line break or another control sign inside quotes; write it as \\n.", escape: "no such escape in JSON.", deep: "nested deeper than {limit} levels.", key: "expected a key in double quotes, found {seen}.", twice: "the key {key} stands here a second time; which one counts depends on the reader.", colon: "expected a colon after the key, found {seen}.", comma: "expected a comma or {end}, found {seen}.", large: "{seen} is too large for a number.", nan: "{seen} is no JSON; Python writes it, other readers refuse it.", value: "expected a value, found {seen}.", after: "more text after the end of the JSON: {seen}." },
    expected: { pattern: "a whole number above 0 or a text such as LLLG", numbers: "a list of numbers", count: "a whole number above 0", positive: "a number above 0", base: "a number above 1", share: "a number above 0, at most 1", number: "a number", flag: "true or false", text: "a text in quotes", object: "an object in braces", texts: "a list of texts", switches: "a list of 0 and 1", factors: "a list of numbers above 0" },
    between: "{least} to {limit} turning channels", most: "at most {limit}", above: "a number above {low}", listed: "a list of {count}, one a pair",
    model: "Model type", nameless: "no model_type", layout: "Layout", unknown: "not known for this model type", layouts: { halves: "halves: channel i turns with channel i + r/2, r being the channels that turn", neighbours: "neighbours: channel 2i turns with channel 2i + 1", "written as halves": "neighbours are read, channels 2i and 2i + 1, and written as halves" }, backwards: "It turns the other way, by minus the angle.",
    positions: "Positions", others: { table: "a learned table with {rows} rows ({key}); nothing turns.", padded: "a learned table with {rows} rows, of which {free} hold positions: numbering starts behind the padding id.", offset: "a learned table for {rows} positions; it has {all} rows, since numbering starts at {offset}.", alibi: "ALiBi: each of {rows} heads subtracts its slope times the distance; no table, no length.", buckets: "T5 buckets: {buckets} learned biases a head; all distances from {far} on share the last one.", none: "none in attention; order comes from the recurrent layers and the causal mask." },
    decoupled: "Heads", decoupledText: "{head} channels of their own turn; the others of the head have no position", without: "Layers without rotation", none: "none", no: "nothing turns", grows: "Grows with length", growsOnly: "queries of layers without rotation are scaled up with the position (attn_temperature_tuning)", growsAll: "queries are scaled up with the position (llama_4_scaling_beta)",
    turningLayers: "layers that turn", layers: "Layers", all: "all {count}", some: "{count} of {of}: {list}", base: "Base", stretched: "Stretching", unstretched: "none", by: " with factor {factor}", channels: "Channels that turn", turning: "{turned} of {of}, in {pairs} pairs", lastChannels: "the last {turned} of {of}, in {pairs} pairs", waves: "One turn takes", waved: "{fast} tokens (fastest pair) to {slow} (slowest)", complete: "Complete a turn within the trained length", completed: "{turned} of {pairs} pairs, in {trained} tokens", unsure: "unknown: the file gives no length", attention: "Attention factor", one: "1: nothing is multiplied", times: "cos and sin × {attention}; logits × {scores} in all", later: "One turn in a text twice as long as max_position_embeddings",
    kind: "{name}: {moving} of {pairs} pairs turn, base {base}", within: "; {turned} complete a turn within {trained} tokens.", noted: "Notes: {count}.", truncated: "truncated", proportional: "proportional",
    warnings: { unknown: "Nothing is known here about the model type {type}: read as a plain decoder in the manner of Llama. Whether it reads every key is not known.", dead: "{key} is dead: nothing of this model type reads it.", both: "rope_scaling and rope_parameters both stand here. transformers takes rope_scaling and drops the whole of rope_parameters, its base too.", scaling: "rope_scaling is the old key; transformers 5 folds it into rope_parameters without a word.", flat: "rope_parameters is flat, but this model type wants one entry per layer type; the flat one changes nothing.", nested: "{key}: this model type has one setting for all layers; entries per layer type are not read.", olmo3: "Only the full-attention layers get rope_theta = {base}; the sliding ones keep 500,000. transformers hands out the old key once.", type: "{at}type is the old spelling of rope_type. It is still read.", mrope: "M-RoPE: pairs are shared out among time, height and width. On plain text all three positions are equal.", base: "No base is given: {base} is what transformers takes for this model type.", share: "partial_rotary_factor = {share} is not read by {type} while rope_type is default: all channels turn. Any other rope_type reads it.", dialects: "partial_rotary_factor = {share} has two readings. This file is read as {here}. Truncated (exponents over the turning channels): the slowest pair needs {truncated} tokens a turn. Proportional (exponents over the whole head): {proportional}.", layers: "layer_types has {listed} entries, num_hidden_layers says {count}.", floor: "hidden_size {hidden} / num_attention_heads {heads} is no whole number, and head_dim is missing: transformers rounds down to {head}.", odd: "{dim} turning channels is odd; channels turn in pairs.", original: "{at}original_max_position_embeddings is missing. transformers takes max_position_embeddings, {max}, though that is usually the stretched length.", ratio: "max_position_embeddings is {max}, but factor {factor} × original length {original} is {product}. The factor decides.", below: "{at}factor is {factor}: below 1 it makes the pairs faster, not slower.", divides: "{at}factor: transformers warns that proportional does not know it, and divides every speed by {factor} all the same.", truncate: "{at}truncate is not read inside an entry per layer type: the ends of the ramp are rounded.", unread: "Not read by the type {type}: {keys}.", length: "max_position_embeddings is missing, so nothing can be said about the trained length." },
  },
  ko: {
    field: "config.json", example: "공개된 모델에서 시작하기", choose: "직접 입력하거나 고르십시오", pairs: "{name}의 모든 쌍", warned: "다시 볼 곳", wrongs: "잘못된 곳",
    pair: "쌍", together: "채널", speed: "토큰당 라디안", wave: "파장(토큰)", turns: "학습 길이 안의 바퀴 수", still: "돌지 않음",
    empty: "위에 config.json을 붙여 넣으십시오.", wrong: "읽지 못했습니다. 잘못된 곳: {count}.", long: "글자가 {count}자입니다. {limit}자보다 긴 글은 읽지 않습니다. config.json은 보통 몇천 자입니다.",
    place: "{line}번째 줄, {column}번째 글자: ", end: "글의 끝", missing: "값 없음", whole: "글 전체", part: "읽은 부분", fault: "{path}: 값은 {value}, 있어야 할 것은 {expected}.",
    json: { unclosed: "여기서 연 따옴표가 닫히지 않았습니다.", control: "따옴표 안에 줄바꿈이나 제어 문자가 있습니다. \\n처럼 쓰십시오.", escape: "JSON에 없는 이스케이프입니다.", deep: "{limit}단계보다 깊게 중첩되었습니다.", key: "큰따옴표로 묶은 키가 와야 하는데 {seen}이(가) 있습니다.", twice: "키 {key}이(가) 두 번째로 나옵니다. 어느 쪽을 쓰는지는 읽는 프로그램마다 다릅니다.", colon: "키 뒤에 콜론이 와야 하는데 {seen}이(가) 있습니다.", comma: "쉼표나 {end}이(가) 와야 하는데 {seen}이(가) 있습니다.", large: "{seen}은(는) 수로 담기에 너무 큽니다.", nan: "{seen}은(는) JSON이 아닙니다. Python은 이렇게 쓰지만 다른 프로그램은 거부합니다.", value: "값이 와야 하는데 {seen}이(가) 있습니다.", after: "JSON이 끝난 뒤에 글이 더 있습니다: {seen}." },
    expected: { pattern: "0보다 큰 정수나 LLLG 같은 글", numbers: "수의 목록", count: "0보다 큰 정수", positive: "0보다 큰 수", base: "1보다 큰 수", share: "0보다 크고 1 이하인 수", number: "수", flag: "true나 false", text: "따옴표로 묶은 글", object: "중괄호로 묶은 객체", texts: "글의 목록", switches: "0과 1의 목록", factors: "0보다 큰 수의 목록" },
    between: "회전하는 채널 {least}개에서 {limit}개", most: "{limit} 이하", above: "{low}보다 큰 수", listed: "쌍마다 하나씩, {count}개의 목록",
    model: "모델 종류", nameless: "model_type 없음", layout: "채널 배열", unknown: "이 모델 종류의 채널 배열은 알려져 있지 않습니다", layouts: { halves: "반씩 놓기: 회전하는 채널이 r개일 때 채널 i가 채널 i + r/2와 함께 회전합니다", neighbours: "번갈아 놓기: 채널 2i가 채널 2i + 1과 함께 회전합니다", "written as halves": "이웃한 채널 2i와 2i + 1을 읽어 반씩 놓는 순서로 씁니다" }, backwards: "방향은 반대로, 각도의 음수만큼 회전합니다.",
    positions: "위치", others: { table: "행이 {rows}개인 학습된 표({key})를 씁니다. 회전은 없습니다.", padded: "행이 {rows}개인 학습된 표를 씁니다. 번호가 패딩 id 다음부터 시작하므로 위치는 {free}개입니다.", offset: "위치 {rows}개를 위한 학습된 표를 씁니다. 번호가 {offset}부터라 행은 {all}개입니다.", alibi: "ALiBi: 헤드 {rows}개가 저마다 기울기 × 거리를 뺍니다. 표도, 정해진 길이도 없습니다.", buckets: "T5 버킷: 헤드마다 학습된 편향이 {buckets}개이고, 거리 {far}부터는 마지막 하나를 함께 씁니다.", none: "어텐션에는 위치가 없습니다. 순서는 순환 층과 인과 마스크에서 옵니다." },
    decoupled: "헤드", decoupledText: "따로 둔 채널 {head}개만 회전하고, 헤드의 나머지 채널에는 위치가 없습니다", without: "회전하지 않는 층", none: "없음", no: "회전하는 것이 없습니다", grows: "길이에 따라 커지는 것", growsOnly: "회전하지 않는 층의 쿼리가 위치에 따라 커집니다(attn_temperature_tuning)", growsAll: "쿼리가 위치에 따라 커집니다(llama_4_scaling_beta)",
    turningLayers: "회전하는 층", layers: "층", all: "{count}개 모두", some: "{of}개 중 {count}개: {list}", base: "밑(base)", stretched: "늘리기", unstretched: "없음", by: ", factor {factor}", channels: "회전하는 채널", turning: "{of}개 중 {turned}개({pairs}쌍)", lastChannels: "{of}개 중 마지막 {turned}개({pairs}쌍)", waves: "한 바퀴에 걸리는 토큰", waved: "{fast}(가장 빠른 쌍)~{slow}(가장 느린 쌍)", complete: "학습 길이 안에 한 바퀴를 도는 쌍", completed: "토큰 {trained}개 안에 {pairs}쌍 중 {turned}쌍", unsure: "알 수 없음: 파일에 길이가 없습니다", attention: "어텐션 계수", one: "1: 곱하는 것이 없습니다", times: "cos과 sin × {attention}, 로짓은 모두 합쳐 × {scores}", later: "max_position_embeddings의 두 배 길이일 때 한 바퀴",
    kind: "{name}: {pairs}쌍 중 {moving}쌍이 회전, 밑 {base}", within: ", 토큰 {trained}개 안에 한 바퀴를 도는 것은 {turned}쌍.", noted: "다시 볼 곳: {count}.", truncated: "잘라내기(truncated)", proportional: "비례(proportional)",
    warnings: { unknown: "모델 종류 {type}에 대해서는 아는 것이 없어 Llama 방식의 평범한 디코더로 읽었습니다. 모든 키를 실제로 읽는지는 알 수 없습니다.", dead: "{key}: 이 모델 종류에서는 아무도 이 키를 읽지 않습니다.", both: "rope_scaling과 rope_parameters가 함께 있습니다. transformers는 rope_scaling을 쓰고 rope_parameters를 밑까지 통째로 버립니다.", scaling: "rope_scaling은 옛 키입니다. transformers 5는 경고 없이 rope_parameters로 옮깁니다.", flat: "rope_parameters가 평평합니다. 이 모델 종류는 층 종류마다 항목을 하나씩 두므로, 평평한 값은 아무것도 바꾸지 않습니다.", nested: "{key}: 이 모델 종류는 모든 층이 한 설정을 씁니다. 층 종류별 항목은 읽지 않습니다.", olmo3: "rope_theta = {base}은(는) 전체 어텐션 층에만 적용되고, 슬라이딩 층은 500,000을 그대로 씁니다. transformers가 옛 키를 한 번만 꺼내 쓰기 때문입니다.", type: "{at}type은 rope_type의 옛 이름입니다. 아직 읽습니다.", mrope: "M-RoPE: 쌍을 시간, 높이, 너비가 나누어 씁니다. 텍스트만 있으면 세 위치가 같습니다.", base: "밑이 없습니다. 이 모델 종류에서 transformers가 쓰는 값은 {base}입니다.", share: "rope_type이 default이면 {type}은(는) partial_rotary_factor = {share}을(를) 읽지 않아 모든 채널이 회전합니다. 다른 rope_type이면 읽습니다.", dialects: "partial_rotary_factor = {share}을(를) 읽는 법은 두 가지입니다. 이 파일은 {here} 방식으로 읽었습니다. 잘라내기(지수를 회전하는 채널 수로 나눔)라면 가장 느린 쌍의 한 바퀴가 토큰 {truncated}개, 비례(지수를 헤드 전체로 나눔)라면 {proportional}개입니다.", layers: "layer_types에는 {listed}개가 있는데 num_hidden_layers는 {count}입니다.", floor: "hidden_size {hidden} / num_attention_heads {heads}이(가) 정수가 아니고 head_dim도 없습니다. transformers는 {head}(으)로 내립니다.", odd: "회전하는 채널이 {dim}개, 홀수입니다. 채널은 둘씩 회전합니다.", original: "{at}original_max_position_embeddings가 없습니다. transformers는 max_position_embeddings인 {max}을(를) 쓰지만, 그것은 보통 늘린 뒤의 길이입니다.", ratio: "max_position_embeddings는 {max}인데 factor {factor} × 원래 길이 {original}은(는) {product}입니다. factor를 따릅니다.", below: "{at}factor가 {factor}입니다. 1보다 작으면 쌍이 느려지지 않고 빨라집니다.", divides: "{at}factor: transformers는 proportional이 모르는 키라고 경고하면서도 모든 속도를 {factor}(으)로 나눕니다.", truncate: "{at}truncate는 층 종류별 항목 안에서는 읽지 않습니다. 전환 구간의 두 끝을 반올림합니다.", unread: "{type}은(는) 읽지 않는 키: {keys}.", length: "max_position_embeddings가 없어 학습 길이에 대해서는 말할 수 없습니다." },
  },
}

// Released models, each with what its configuration says about positions; the page names the sources.
const LAYERS3 = ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]
export const EXAMPLES = {
  "Llama 3.1 8B": { model_type: "llama", hidden_size: 4096, num_attention_heads: 32, num_hidden_layers: 32, max_position_embeddings: 131072, rope_theta: 500000, rope_scaling: { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 } },
  "gpt-oss": { model_type: "gpt_oss", head_dim: 64, num_hidden_layers: 36, max_position_embeddings: 131072, rope_parameters: { rope_type: "yarn", rope_theta: 150000, factor: 32, beta_fast: 32, beta_slow: 1, truncate: false, original_max_position_embeddings: 4096 } },
  "Gemma 4": { model_type: "gemma4_text", head_dim: 256, global_head_dim: 512, num_hidden_layers: 30, max_position_embeddings: 131072, rope_parameters: { sliding_attention: { rope_type: "default", rope_theta: 10000 }, full_attention: { rope_type: "proportional", rope_theta: 1000000, partial_rotary_factor: 0.25 } } },
  "Gemma 3": { model_type: "gemma3_text", head_dim: 256, num_hidden_layers: 26, max_position_embeddings: 131072, rope_theta: 1000000, rope_local_base_freq: 10000, sliding_window_pattern: 6 },
  "OLMo 3": { model_type: "olmo3", hidden_size: 4096, num_attention_heads: 32, num_hidden_layers: 32, max_position_embeddings: 65536, layer_types: Array.from({ length: 32 }, (_, i) => LAYERS3[i % 4]), rope_theta: 500000, rope_scaling: { rope_type: "yarn", factor: 8, original_max_position_embeddings: 8192, beta_fast: 32, beta_slow: 1, attention_factor: 1.2079441541679836 } },
  SmolLM3: { model_type: "smollm3", hidden_size: 2048, num_attention_heads: 16, num_hidden_layers: 36, max_position_embeddings: 65536, rope_theta: 5000000, no_rope_layer_interval: 4 },
  "GPT-NeoX 20B": { model_type: "gpt_neox", hidden_size: 6144, num_attention_heads: 64, num_hidden_layers: 44, max_position_embeddings: 2048, rotary_pct: 0.25, rotary_emb_base: 10000 },
  "DeepSeek V4": { model_type: "deepseek_v4", head_dim: 512, qk_rope_head_dim: 64, num_hidden_layers: 43, max_position_embeddings: 1048576, rope_theta: 10000, compress_rope_theta: 160000, rope_scaling: { type: "yarn", factor: 16, original_max_position_embeddings: 65536, beta_fast: 32, beta_slow: 1 } },
  "Kimi Linear": { model_type: "kimi_linear", num_hidden_layers: 27, qk_rope_head_dim: 64, rope_theta: 10000 },
  RoBERTa: { model_type: "roberta", max_position_embeddings: 514 },
}

// On the page -------------------------------------------------------------------------

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

const table = (lines, head) => {
  const row = cells => element("tr", {}, ...cells.map((cell, i) => element(i || head ? "td" : "th", i || head ? {} : { scope: "row" }, String(cell))))
  const body = element("tbody", {}, ...lines.map(row))
  return element("table", { className: "plain" }, ...(head ? [element("thead", {}, element("tr", {}, ...head.map(name => element("th", { scope: "col" }, name))))] : []), body)
}

const listed = (title, texts) => texts.length ? [element("p", {}, element("strong", {}, title)), element("ul", {}, ...texts.map(text => element("li", {}, text)))] : []

// Which two channels a pair is made of; nothing if that is not known.
const channels = (kind, i) => {
  const start = kind.last ? kind.whole - 2 * kind.theta.length : 0
  return !kind.layout ? "–" : kind.layout === "halves" ? `${i}, ${i + kind.theta.length}` : `${start + 2 * i}, ${start + 2 * i + 1}`
}

const everyPair = (kind, words) => {
  const details = element("details", {}, element("summary", {}, fill(words.pairs, { name: kind.name })))
  details.addEventListener("toggle", () => { // made when it is asked for: it may be long
    if (details.open && !details.querySelector("table")) details.append(element("div", { className: "wide", tabIndex: 0 }, table(
      kind.theta.map((x, i) => [i, channels(kind, i), x ? x.toPrecision(4) : "0", x ? many(TURN / x) : words.still, kind.trained ? number(x * kind.trained / TURN, 2) : "–"]),
      [words.pair, words.together, words.speed, words.wave, words.turns])))
  })
  return details
}

const mount = place => {
  const own = words[document.documentElement.lang === "ko" ? "ko" : "en"]
  const choice = element("select", {}, element("option", {}, own.choose), ...Object.keys(EXAMPLES).map(name => element("option", {}, name)))
  const field = element("textarea", { rows: 12, spellcheck: false, autocomplete: "off" })
  const says = element("p", { className: "says" }), answer = element("div")
  says.setAttribute("aria-live", "polite")
  const show = () => {
    const found = read(field.value, own)
    says.textContent = found.sentence
    answer.replaceChildren(
      ...listed(own.wrongs, found.problems), ...(found.rows.length ? [table(found.rows)] : []),
      ...found.kinds.flatMap(kind => [element("p", {}, element("strong", {}, kind.name)), table(kind.rows), everyPair(kind, own)]),
      ...listed(own.warned, found.warnings.map(({ text }) => text)))
  }
  let timer
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 250); choice.selectedIndex = 0 })
  choice.addEventListener("change", () => {
    if (choice.selectedIndex) field.value = JSON.stringify(Object.values(EXAMPLES)[choice.selectedIndex - 1], null, 2)
    show()
  })
  place.replaceChildren(element("div", { className: "live reader" }, element("label", { className: "choice" }, element("span", {}, own.example), choice), element("label", {}, element("span", {}, own.field), field), says, answer))
  show()
}

if (typeof document !== "undefined") styled.then(() => document.querySelectorAll("#config-reader").forEach(mount))
