import { axes, fill, number, polyline, scale, svg, text } from "./kit.js"

const TRAINED = 128
const GROUPS = {
  few: ["learned", "t5_bias", "alibi", "rope", "partial_rope"],
  input: ["none", "sinusoidal", "learned", "concatenated", "concatenated_split"],
  scores: ["shaw", "t5_bias", "alibi", "kerple", "fire", "cope"],
  rotation: ["rope", "partial_rope", "xpos"],
  stretched: ["rope", "position_interpolation", "ntk_aware", "yarn"],
  tuned: ["rope_tuned", "position_interpolation_tuned", "ntk_aware_tuned", "yarn_tuned"],
}
export const ALL = [...new Set(["input", "scores", "rotation", "stretched", "tuned"].flatMap(group => GROUPS[group]))]
Object.assign(GROUPS, { all: ALL, nothing: [] })

export const words = {
  en: {
    caption: "Every curve of the experiment. Lines are means over three seeds, bands reach from the best seed to the worst. Interpolation, NTK-aware and YaRN are the trained RoPE model, stretched to four times its length; bold lines show it after 100 steps of tuning on texts of 512 bytes.",
    view: "Loss", last: "last 32 bytes", mean: "whole window", position: "by position",
    length: "Tested length", bytes: "{length} bytes, {times}×", place: "Position", places: "{first} to {end}",
    schemes: "Schemes", own: "your choice", input: "at the input", scores: "at the scores", rotation: "rotation", stretched: "RoPE, stretched", tuned: "stretched and tuned",
    few: "one of each kind", all: "all", nothing: "none",
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
    caption: "실험에서 얻은 곡선 전부입니다. 선은 시드 세 개의 평균이고, 띠는 가장 좋은 시드부터 가장 나쁜 시드까지의 범위입니다. 보간, NTK-aware, YaRN은 학습된 RoPE 모델을 네 배 길이로 늘린 것이고, 굵은 선은 이 모델을 512바이트 텍스트로 100스텝 미세 조정한 결과입니다.",
    view: "손실", last: "마지막 32바이트", mean: "윈도 전체", position: "위치별",
    length: "시험 길이", bytes: "{length}바이트, {times}배", place: "위치", places: "{first}–{end}",
    schemes: "방식", own: "직접 고르기", input: "입력", scores: "점수", rotation: "회전", stretched: "늘린 RoPE", tuned: "늘린 뒤 미세 조정",
    few: "종류별로 하나씩", all: "전부", nothing: "없음",
    x_length: "시험 길이, 바이트", x_position: "위치", y: "손실, 바이트당 내트", trained: "학습 길이",
    of_last: "{length}바이트(학습 길이의 {times}배) 중 마지막 32바이트의 손실",
    of_mean: "{length}바이트(학습 길이의 {times}배) 윈도 전체의 평균 손실",
    of_position: "{length}바이트(학습 길이의 {times}배) 윈도의 위치 {first}–{end}에서 잰 손실",
    one: "{name} {mean}({low}–{high})", most: "{count}개 가운데 가장 낮은 것은 {lowest}, 가장 높은 것은 {highest}",
    says: "{what}: {values}. 시드 세 개의 평균(최솟값–최댓값)이며, 단위는 바이트당 내트입니다. 소수점 아래 셋째 자리까지 나타냈습니다.",
    empty: "방식을 고르면 손실이 나타납니다.",
    names: {
      none: "위치 없음", sinusoidal: "사인파", learned: "학습된 위치", concatenated: "이어붙이기", concatenated_split: "분할", shaw: "Shaw",
      t5_bias: "T5 편향", alibi: "ALiBi", kerple: "KERPLE", fire: "FIRE", cope: "CoPE", rope: "RoPE", partial_rope: "부분 RoPE", xpos: "xPos",
      position_interpolation: "보간", ntk_aware: "NTK-aware", yarn: "YaRN", rope_tuned: "RoPE, 미세 조정",
      position_interpolation_tuned: "보간, 미세 조정", ntk_aware_tuned: "NTK-aware, 미세 조정", yarn_tuned: "YaRN, 미세 조정",
    },
  },
}

export const state = { view: "last", length: 256, place: 112, schemes: GROUPS.few }

export const valid = ({ schemes, place }, { lengths, bin }) =>
  schemes.every(name => ALL.includes(name)) && place >= 0 && place < lengths.at(-1) && place % bin === 0

// Where the cursor stands in a window of this length: the first position of its bin.
const within = ({ length, place }, { bin }) => Math.min(place, length - bin)

export const controls = (state, words, data) => {
  const { lengths, bin } = data, { view, length } = state, first = within(state, data)
  const said = fill(words.bytes, { length: number(length), times: length / TRAINED })
  const places = { kind: "range", key: "place", label: words.place, min: 0, max: length - bin, step: bin, value: fill(words.places, { first, end: first + bin - 1 }) }
  const chosen = Object.keys(GROUPS).find(group => String(GROUPS[group].toSorted()) === String(state.schemes.toSorted())) ?? "own"
  const groups = Object.keys(GROUPS).map(group => [group, words[group], { schemes: GROUPS[group] }])
  return [
    { kind: "choice", key: "view", label: words.view, options: ["last", "mean", "position"].map(name => [name, words[name]]) },
    { kind: "range", key: "length", label: words.length, values: lengths, value: said },
    ...(view === "position" ? [places] : []),
    { kind: "choice", label: words.schemes, chosen, options: chosen === "own" ? [["own", words.own, {}], ...groups] : groups },
    ...ALL.map(name => ({ kind: "toggle", key: "schemes", item: name, group: words.schemes, label: words.names[name] })),
  ]
}

// Mean, smallest and largest loss of the seeds, in nats a byte, where the cursor stands.
export const point = (data, name, view, length, place) => {
  const at = data.lengths.indexOf(length), found = data.runs[name][view][at]
  const [mean, below, above] = view === "position" ? found[Math.floor(place / data.bin)] : found
  return [mean, mean - below, mean + above].map(loss => loss / 1000)
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
const style = name => `line mark-${mark(name)}${name.endsWith("_tuned") ? " bold" : ""}`
const ROW = 18

// The chosen schemes with their lines and their losses under the cursor, in columns of so many rows.
const legend = (list, words, { left, top, width, rows }) => list.map(({ name, values: [mean] }, k) => {
  const x = left + width * Math.floor(k / rows), y = top + ROW * (k % rows)
  return polyline([[x, y - 4], [x + 22, y - 4]], style(name)) + text(x + 28, y, words.names[name], `text mark-${mark(name)}`) +
    text(x + width - 12, y, number(mean, 3), "text ink", "end")
}).join("")

// One curve: the band of its seeds and the line of their means.
const band = (name, points, x, y) => {
  const edge = [...points.map(([at, , low]) => [at, low]), ...points.toReversed().map(([at, , , high]) => [at, high])]
  return `<polygon class="area mark-${mark(name)}" fill-opacity="0.18" points="${edge.map(([at, loss]) => `${x(at).toFixed(1)},${y(loss).toFixed(1)}`).join(" ")}"/>`
}
const line = (name, points, x, y) => polyline(points.map(([at, mean]) => [x(at), y(mean)]), style(name))

// What a click sets: the nearest length or position.
const strips = (view, { lengths, bin }, length, x, top, height) => {
  const stops = view === "position" ? Array.from({ length: length / bin }, (_, k) => k * bin) : lengths
  const at = stops.map(stop => x(view === "position" ? stop + bin / 2 : stop)), half = (at[1] - at[0]) / 2
  return stops.map((stop, k) => `<rect fill-opacity="0" x="${(at[k] - half).toFixed(1)}" y="${top}" width="${(2 * half).toFixed(1)}" height="${height}" ` +
    `data-set='${JSON.stringify(view === "position" ? { place: stop } : { length: stop })}'/>`).join("")
}

export const draw = (state, words, { width, data }) => {
  const { view, length } = state, list = ranked(state, data), byPlace = view === "position", narrow = width < 480
  const right = width - (narrow ? 20 : 216), top = 26, bottom = narrow ? 250 : Math.max(280, list.length * ROW)
  const curves = ALL.filter(name => state.schemes.includes(name)).map(name => [name, curve(data, name, view, length)])
  const losses = curves.flatMap(([, points]) => points.flatMap(([, , low, high]) => [low, high]))
  const across = scale(byPlace ? [0, length] : [Math.log2(data.lengths[0]), Math.log2(data.lengths.at(-1))], [40, right])
  const x = byPlace ? across : at => across(Math.log2(at)), y = scale([Math.min(1.2, ...losses), Math.max(2, ...losses) + 0.1], [bottom, top])
  const frame = axes({
    x: across, y, xticks: byPlace ? [0, 0.25, 0.5, 0.75, 1].map(part => part * length) : data.lengths.map(Math.log2),
    xformat: at => number(byPlace ? at : 2 ** at), yformat: loss => number(loss, 1), xlabel: byPlace ? words.x_position : words.x_length, ylabel: words.y,
  })
  const limit = byPlace && length > TRAINED
    ? polyline([[x(TRAINED), bottom], [x(TRAINED), top]], "line muted") + text(x(TRAINED) + 4, top + 10, words.trained, "text muted") : ""
  const here = x(byPlace ? within(state, data) + data.bin / 2 : length), cursor = polyline([[here, bottom], [here, top]], "line thin ink")
  const dots = list.map(({ name, values: [mean] }) => `<circle class="area mark-${mark(name)}" r="4" cx="${here.toFixed(1)}" cy="${y(mean).toFixed(1)}"/>`)
  const columns = narrow && width > 310 && list.every(({ name }) => words.names[name].length < 11) ? 2 : 1, rows = Math.ceil(list.length / columns),
    below = narrow ? rows * ROW + 14 : 0
  const beside = narrow ? { left: 6, top: bottom + 56, width: (width - 6) / columns, rows } : { left: right + 22, top: top + 6, width: 204, rows }
  return svg(width, bottom + 46 + below, frame + limit + cursor +
    curves.map(([name, points]) => band(name, points, x, y)).join("") + curves.map(([name, points]) => line(name, points, x, y)).join("") +
    dots.join("") + legend(list, words, beside) + strips(view, data, length, x, top, bottom - top))
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
