"""What to see: positions first entered at the input, then at the scores; since 2021 they mostly turn queries and keys.

Read downwards. Every scheme of this site stands in the year of its first publication, in the lane of the place where
it enters; a hollow dot enters nowhere. Within a year the order is that of the months. On the right a few models.
Years and months are those of the first arXiv version (of the publication, where there is none); the work is named
by its key in docs/references.bib.
"""

from matplotlib.figure import Figure

from snippets.figures import style

# lane: scheme, year, month, work
LANES = {
    "input": (
        ("learned", 2017, 5, "gehring2017"),
        ("sinusoidal", 2017, 6, "vaswani2017"),
        ("none", 2019, 5, "irie2019"),
        ("concatenated", 2021, 3, "jaegle2021"),
    ),
    "scores": (
        ("shaw", 2018, 3, "shaw2018"),
        ("transformer_xl", 2019, 1, "dai2019"),
        ("t5_bias", 2019, 10, "raffel2020"),
        ("deberta", 2020, 6, "he2021"),
        ("alibi", 2021, 8, "press2022"),
        ("kerple", 2022, 5, "chi2022"),
        ("fire", 2023, 10, "li2023"),
        ("cope", 2024, 5, "golovneva2024"),
        ("content_bias", 2026, 7, "lmsys2026"),
    ),
    "rotation": (
        ("rope", 2021, 4, "su2021"),
        ("rope_2d", 2021, 4, "biderman2021"),
        ("partial_rope", 2021, 6, "wang2021"),
        ("xpos", 2022, 12, "sun2022"),
        ("decoupled_rope", 2024, 5, "deepseek2024v2"),
        ("m_rope", 2024, 9, "wang2024qwen2vl"),
        ("proportional_rope", 2024, 10, "barbero2025"),
        ("layer_pattern", 2025, 1, "yang2025"),
        ("pope", 2025, 9, "gopalakrishnan2025"),
    ),
    "stretching": (
        ("position_interpolation", 2023, 6, "chen2023"),
        ("ntk_aware", 2023, 6, "bloc2023"),
        ("yarn", 2023, 9, "peng2023"),
        ("longrope", 2024, 2, "ding2024"),
        ("llama3_scaling", 2024, 7, "grattafiori2024"),
        ("length_temperature", 2025, 1, "nakanishi2025"),
        ("drope", 2025, 12, "gelberg2025"),
    ),
}
MODELS = (
    ("BERT", 2018, 10, "devlin2019"),
    ("GPT-2", 2019, 2, "radford2019"),
    ("T5", 2019, 10, "raffel2020"),
    ("GPT-J", 2021, 6, "wang2021"),
    ("Llama", 2023, 2, "touvron2023"),
    ("Llama 3", 2024, 7, "grattafiori2024"),
    ("Gemma 3", 2025, 3, "gemma2025"),
    ("Olmo 3", 2025, 12, "olmo2025"),
)
YEARS = range(2017, 2027)
WIDE = (1.12, 1.66, 2.2, 2.74), 3.08, 5.62, 7.0  # inches: lanes, their names, models, the end
NARROW = (0.58, 0.82, 1.06, 1.3), 1.46, 2.62, 3.38

KOREAN = {  # the words of the drawing on Korean pages
    "input": "입력",
    "scores": "점수",
    "rotation": "회전",
    "stretching": "늘리기",
    "models": "모델",
    "no positions": "위치 없음",
    "sinusoidal": "사인파",
    "learned": "학습된 위치",
    "concatenated": "이어붙이기",
    "T5 bias": "T5 편향",
    "content bias": "내용 편향",
    "partial RoPE": "부분 RoPE",
    "layer pattern": "층 구성",
    "RoPE 2-D": "2차원 RoPE",
    "interpolation": "위치 보간",
    "temperature": "온도",
}


def rows() -> tuple[dict[str, int], dict[str, int], dict[int, range]]:
    """The row of every scheme and of every model, counted from the top, and the rows of every year."""
    listed = [(year, month, name) for lane in LANES.values() for name, year, month, _ in lane]
    events = sorted(listed, key=lambda event: event[:2])  # of one month: as listed
    of_scheme, of_model, of_year, top = {}, {}, {}, 0
    for year in YEARS:
        months = [month for when, month, _ in events if when == year]
        names = [name for when, _, name in events if when == year]
        models = [(month, name) for name, when, month, _ in MODELS if when == year]
        height = max(1, len(names), len(models))
        of_scheme |= {name: top + place for place, name in enumerate(names)}
        free = 0
        for left, (month, name) in zip(range(len(models), 0, -1), models, strict=True):
            place = sum(other <= month for other in months) - 1 if months else free
            place = min(max(place, free), height - left)
            of_model[name], free = top + place, place + 1
        of_year[year], top = range(top, top + height), top + height
    return of_scheme, of_model, of_year


def draw() -> Figure:
    """Years downwards, four lanes of schemes with their names, and a thin lane of models."""
    of_scheme, of_model, of_year = rows()
    last = of_year[YEARS[-1]].stop
    head = 3.1  # rows
    figure = style.empty(8.8, narrow=6.6)  # about 0.31 inches a row, and 0.23
    lane_x, label_x, model_x, right = NARROW if style.is_narrow() else WIDE
    scale = 0.66 if style.is_narrow() else 1
    ax = figure.add_subplot()
    ax.set(xlim=(0, right), ylim=(last - 0.35, -head - 0.5))
    ax.axis("off")
    for year, span in of_year.items():
        if year % 2:
            ax.axhspan(span.start - 0.5, span.stop - 0.5, color=style.colour("grid"), alpha=0.38, linewidth=0)
        ax.text(
            0.06,
            span.start,
            f"{year}",
            va="center",
            fontsize=14 * scale,
            fontweight="bold",
            color=style.colour("muted"),
        )
    for x, (lane, schemes) in zip(lane_x, LANES.items(), strict=True):
        places = [of_scheme[name] for name, *_ in schemes]
        ax.text(x - 0.04, -0.95, lane, rotation=45, rotation_mode="anchor", fontsize=14 * scale, fontweight="bold")
        ax.plot([x, x], [min(places), max(places)], color=style.colour("muted"), alpha=0.45, linewidth=3)
        for name, *_ in schemes:
            y, colour = of_scheme[name], style.colour(name)
            ax.plot([x, label_x - 0.08 * scale], [y, y], color=colour, linewidth=1, alpha=0.55)
            inside = style.colour("paper") if name == "none" else colour
            ax.plot(
                x,
                y,
                "o",
                markersize=10 * scale,
                markeredgewidth=2 * scale,
                markeredgecolor=colour,
                markerfacecolor=inside,
            )
            ax.text(label_x, y, style.MARKS[name].label, va="center", fontsize=15 * scale, color=colour)
    ax.text(
        model_x - 0.04,
        -0.95,
        "models",
        rotation=45,
        rotation_mode="anchor",
        fontsize=14 * scale,
        color=style.colour("muted"),
    )
    ax.plot([model_x] * 2, [min(of_model.values()), max(of_model.values())], color=style.colour("muted"), linewidth=1)
    for name, y in of_model.items():
        ax.plot(model_x, y, "s", markersize=5 * scale, color=style.colour("muted"))
        ax.text(model_x + 0.16 * scale, y, name, va="center", fontsize=14 * scale, color=style.colour("muted"))
    return figure
