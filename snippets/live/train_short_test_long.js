import { axes, fill, number, polyline, scale, svg, text } from "./kit.js"

const TRAINED = 128
const GROUPS = {
  input: ["none", "sinusoidal", "learned", "concatenated", "concatenated_split"],
  scores: ["shaw", "t5_bias", "alibi", "kerple", "fire", "cope"],
  rotation: ["rope", "partial_rope", "xpos"],
  stretched: ["rope", "position_interpolation", "ntk_aware", "yarn"],
  tuned: ["rope_tuned", "position_interpolation_tuned", "ntk_aware_tuned", "yarn_tuned"],
}
export const ALL = [...new Set(Object.values(GROUPS).flat())]

export const words = {
  en: {
    view: "Loss", last: "on the last 32 bytes, by length", mean: "mean of the window, by length", position: "by position",
    length: "Tested length", bytes: "{length} bytes, {times}×", place: "Position", places: "{first} to {end}",
    input: "At the input", scores: "At the scores", rotation: "Rotation", stretched: "RoPE stretched", tuned: "Stretched and tuned", all: "All", nothing: "None",
    x_length: "tested length, bytes", x_position: "position", y: "loss, nats a byte", trained: "trained length",
    of_last: "Loss on the last 32 of {length} bytes ({times}× the trained length)",
    of_mean: "Mean loss over windows of {length} bytes ({times}× the trained length)",
    of_position: "Loss at positions {first} to {end} of windows of {length} bytes ({times}× the trained length)",
    one: "{name} {mean} ({low} to {high})", most: "lowest {lowest}, highest {highest} of {count}",
    says: "{what}: {values}. Mean of three seeds (smallest to largest), in nats a byte, rounded to three decimals.",
    empty: "Choose a scheme to see its loss.",
    names: {
      none: "no positions", sinusoidal: "sinusoidal", learned: "learned", concatenated: "concatenated", concatenated_split: "split", shaw: "Shaw",
      t5_bias: "T5 bias", alibi: "ALiBi", kerple: "KERPLE", fire: "FIRE", cope: "CoPE", rope: "RoPE", partial_rope: "partial RoPE", xpos: "xPos",
      position_interpolation: "interpolation", ntk_aware: "NTK-aware", yarn: "YaRN", rope_tuned: "RoPE, tuned",
      position_interpolation_tuned: "interpolation, tuned", ntk_aware_tuned: "NTK-aware, tuned", yarn_tuned: "YaRN, tuned",
    },
  },
  ko: {
    view: "손실", last: "마지막 32바이트, 길이별", mean: "윈도 전체 평균, 길이별", position: "위치별",
    length: "시험 길이", bytes: "{length}바이트, {times}배", place: "위치", places: "{first}–{end}",
    input: "입력", scores: "점수", rotation: "회전", stretched: "늘린 RoPE", tuned: "늘리고 미세 조정", all: "전부", nothing: "모두 지우기",
    x_length: "시험 길이, 바이트", x_position: "위치", y: "손실, 바이트당 내트", trained: "학습 길이",
    of_last: "{length}바이트(학습 길이의 {times}배) 중 마지막 32바이트의 손실",
    of_mean: "{length}바이트(학습 길이의 {times}배) 윈도 전체의 평균 손실",
    of_position: "{length}바이트(학습 길이의 {times}배) 윈도의 위치 {first}–{end}에서 잰 손실",
    one: "{name} {mean}({low}–{high})", most: "{count}개 가운데 가장 낮은 것은 {lowest}, 가장 높은 것은 {highest}",
    says: "{what}: {values}. 시드 세 개의 평균(최솟값–최댓값)이고, 단위는 바이트당 내트이며, 소수점 아래 셋째 자리까지 반올림했습니다.",
    empty: "방식을 고르면 손실이 나타납니다.",
    names: {
      none: "위치 없음", sinusoidal: "사인파", learned: "학습된 위치", concatenated: "이어붙이기", concatenated_split: "분할", shaw: "Shaw",
      t5_bias: "T5 편향", alibi: "ALiBi", kerple: "KERPLE", fire: "FIRE", cope: "CoPE", rope: "RoPE", partial_rope: "부분 RoPE", xpos: "xPos",
      position_interpolation: "보간", ntk_aware: "NTK-aware", yarn: "YaRN", rope_tuned: "RoPE, 미세 조정",
      position_interpolation_tuned: "보간, 미세 조정", ntk_aware_tuned: "NTK-aware, 미세 조정", yarn_tuned: "YaRN, 미세 조정",
    },
  },
}

export const state = { view: "last", length: 256, place: 112, schemes: ["learned", "t5_bias", "alibi", "rope", "partial_rope"] }

export const valid = ({ schemes, place }, { lengths, bin }) =>
  schemes.every(name => ALL.includes(name)) && place >= 0 && place < lengths.at(-1) && place % bin === 0

// Where the cursor stands in a window of this length: the first position of its bin.
const within = ({ length, place }, { bin }) => Math.min(place, length - bin)

export const controls = (state, words, data) => {
  const { lengths, bin } = data, { view, length } = state, first = within(state, data)
  const said = fill(words.bytes, { length: number(length), times: length / TRAINED })
  const places = { kind: "range", key: "place", label: words.place, min: 0, max: length - bin, step: bin, value: fill(words.places, { first, end: first + bin - 1 }) }
  const groups = { ...GROUPS, all: ALL, nothing: [] }
  return [
    { kind: "choice", key: "view", label: words.view, options: ["last", "mean", "position"].map(name => [name, words[name]]) },
    { kind: "range", key: "length", label: words.length, values: lengths, value: said },
    ...(view === "position" ? [places] : []),
    ...Object.keys(groups).map(name => ({ kind: "button", label: words[name], set: { schemes: groups[name] } })),
    ...ALL.map(name => ({ kind: "toggle", key: "schemes", item: name, label: words.names[name] })),
  ]
}

// Mean, smallest and largest loss of the seeds, in nats a byte, where the cursor stands.
export const point = (data, name, view, length, place) => {
  const at = data.lengths.indexOf(length), found = data.runs[name][view][at]
  return (view === "position" ? found[Math.floor(place / data.bin)] : found).map(loss => loss / 1000)
}

// Every point of a curve: where it stands, then mean, smallest and largest.
export const curve = (data, name, view, length) => view === "position"
  ? Array.from({ length: length / data.bin }, (_, k) => [(k + 0.5) * data.bin, ...point(data, name, view, length, k * data.bin)])
  : data.lengths.map(at => [at, ...point(data, name, view, at, 0)])

// The chosen schemes with what they lose where the cursor stands, the smallest loss first.
export const ranked = (state, data) => ALL.filter(name => state.schemes.includes(name))
  .map(name => ({ name, values: point(data, name, state.view, state.length, within(state, data)) }))
  .sort((a, b) => a.values[0] - b.values[0])

const mark = name => name.replace("_tuned", "")
const style = name => `line mark-${mark(name)}${name.endsWith("_tuned") ? " thick" : ["position_interpolation", "ntk_aware", "yarn"].includes(name) ? " thin" : ""}`

export const draw = (state, words, { width, data }) => {
  const { view, length } = state, { bin, lengths } = data, list = ranked(state, data), row = 18
  const narrow = width < 480, columns = narrow && width >= 300 && list.length > 4 ? 2 : 1
  const right = narrow ? width - 10 : width - 190, below = narrow ? Math.ceil(list.length / columns) * row + 14 : 0
  const bottom = narrow ? 250 : Math.max(280, list.length * row), top = 26
  const curves = ALL.filter(name => state.schemes.includes(name)).map(name => [name, curve(data, name, view, length)])
  const losses = curves.flatMap(([, points]) => points.flatMap(([, , low, high]) => [low, high]))
  const y = scale([Math.min(1.2, ...losses), Math.max(2, ...losses) + 0.1], [bottom, top])
  const across = view === "position" ? scale([0, length], [34, right]) : scale([7, 10], [46, right - 12])
  const x = view === "position" ? across : at => across(Math.log2(at))
  const xticks = view === "position" ? [0, 0.25, 0.5, 0.75, 1].map(part => part * length) : lengths.map(Math.log2)
  const frame = axes({
    x: view === "position" ? across : scale([7, 10], [46, right - 12]), y, xticks,
    xformat: at => number(view === "position" ? at : 2 ** at), yformat: loss => number(loss, 1),
    xlabel: view === "position" ? words.x_position : words.x_length, ylabel: words.y,
  })
  const here = view === "position" ? within(state, data) + bin / 2 : length
  const bands = curves.map(([name, points]) => {
    const edge = [...points.map(([at, , low]) => [at, low]), ...points.toReversed().map(([at, , , high]) => [at, high])]
    return `<polygon class="area mark-${mark(name)}" fill-opacity="0.18" points="${edge.map(([at, loss]) => `${x(at).toFixed(1)},${y(loss).toFixed(1)}`).join(" ")}"/>`
  })
  const lines = curves.map(([name, points]) => polyline(points.map(([at, mean]) => [x(at), y(mean)]), style(name)))
  const dots = list.map(({ name, values: [mean] }) => `<circle class="area mark-${mark(name)}" r="4" cx="${x(here).toFixed(1)}" cy="${y(mean).toFixed(1)}"/>`)
  const limit = view === "position" && length > TRAINED
    ? polyline([[x(TRAINED), bottom], [x(TRAINED), top]], "line muted") + text(x(TRAINED) + 4, top + 10, words.trained, "text muted") : ""
  const legend = list.map(({ name, values: [mean] }, k) => {
    const each = (width - 10) / columns, left = narrow ? 6 + each * Math.floor(k / (Math.ceil(list.length / columns))) : right + 16
    const down = narrow ? bottom + 56 + row * (k % Math.ceil(list.length / columns)) : top + 6 + row * k
    const end = narrow ? left + each - 8 : width - 2
    return polyline([[left, down - 4], [left + 22, down - 4]], style(name)) + text(left + 28, down, words.names[name], `text mark-${mark(name)}`) +
      text(end, down, number(mean, 3), "text ink", "end")
  })
  const stops = view === "position" ? Array.from({ length: length / bin }, (_, k) => (k + 0.5) * bin) : lengths
  const half = k => (x(stops[1]) - x(stops[0])) / 2
  const strips = stops.map(at => {
    const set = JSON.stringify(view === "position" ? { place: at - bin / 2 } : { length: at })
    return `<rect fill-opacity="0" x="${(x(at) - half()).toFixed(1)}" y="${top}" width="${(2 * half()).toFixed(1)}" height="${bottom - top}" data-set='${set}'/>`
  })
  return svg(width, bottom + 46 + below, frame + limit + polyline([[x(here), bottom], [x(here), top]], "line thin ink") +
    [bands, lines, dots, legend, strips].map(parts => parts.join("")).join(""))
}

export const say = (state, words, data) => {
  const list = ranked(state, data), first = within(state, data), { view, length } = state
  if (!list.length) return words.empty
  const one = ({ name, values }) => {
    const [mean, low, high] = values.map(loss => number(loss, 3))
    return fill(words.one, { name: words.names[name], mean, low, high })
  }
  const values = list.length <= 6 ? list.map(one).join("; ") : fill(words.most, { lowest: one(list[0]), highest: one(list.at(-1)), count: list.length })
  const what = fill(words[`of_${view}`], { length: number(length), times: length / TRAINED, first: number(first), end: number(first + data.bin - 1) })
  return fill(words.says, { what, values })
}
