"""Search in a real browser: what people type, and where it must lead."""

import re

import pytest

# What is typed, the last place that is good enough, and where it must lead: any one of these pages or sections.
# A section counts where it is shown, not where it is folded away under its page.
QUERIES = {
    "": [
        # the names of schemes
        ("rope", 1, "schemes/rope/"),
        ("what is rope", 1, "schemes/rope/ chapters/absolute-to-relative/#rope answers/#ask-explain"),
        ("RoPE embedding", 1, "schemes/rope/"),
        ("rotary", 1, "schemes/rope/"),
        ("nope", 1, "schemes/none/"),
        ("alibi", 1, "schemes/alibi/"),
        ("yarn", 1, "schemes/yarn/"),
        ("m-rope", 1, "schemes/m_rope/"),
        ("mrope", 1, "schemes/m_rope/"),
        ("t5 bias", 1, "schemes/t5_bias/"),
        ("ntk-aware", 1, "schemes/ntk_aware/"),
        ("ntk aware", 1, "schemes/ntk_aware/"),
        ("sinusoidal positional encoding", 1, "schemes/sinusoidal/ chapters/learned-or-fixed/"),
        ("transformer xl", 1, "schemes/transformer_xl/"),
        ("position interpolation", 1, "schemes/position_interpolation/"),
        ("learned positional embedding", 1, "schemes/learned/ chapters/learned-or-fixed/ answers/#ask-learned"),
        ("2d rope", 1, "schemes/rope_2d/"),
        ("bert", 3, "schemes/learned/"),
        ("vision", 3, "schemes/rope_2d/ schemes/m_rope/"),
        ("gpt-2", 3, "schemes/learned/ answers/#ask-padding answers/#ask-learned chapters/learned-or-fixed/"),
        # names in code
        ("rotate_half", 1, "schemes/rope/ answers/#ask-halves"),
        ("rotate_halves", 1, "schemes/rope/ answers/#ask-halves"),
        ("alibi_bias", 1, "schemes/alibi/"),
        ("yarn_frequencies", 1, "schemes/yarn/"),
        ("max_position_embeddings", 1, "answers/#ask-resize schemes/learned/"),
        ("scaled_dot_product_attention", 3, "answers/#ask-sdpa schemes/alibi/ measured/speed/"),
        ("sdpa", 1, "answers/#ask-sdpa schemes/alibi/"),
        # concepts
        ("extrapolation", 3, "answers/#ask-extrapolate"),
        ("extrapolate", 3, "answers/#ask-extrapolate"),
        ("length extrapolation", 3, "answers/#ask-extrapolate measured/train-short-test-long/ schemes/alibi/"),
        ("128k", 3, "answers/#ask-longer-later schemes/llama3_scaling/"),
        ("attention sink", 1, "chapters/beyond-the-window/#sinks measured/real-weights/#sinks"),
        ("streamingllm", 1, "chapters/beyond-the-window/#sinks"),
        ("sliding window", 1, "chapters/beyond-the-window/#sliding"),
        ("tupe", 1, "chapters/why-add/#four-terms-untied"),
        ("superposition", 1, "chapters/why-add/#superposition"),
        ("lost in the middle", 1, "chapters/beyond-the-window/#lost-in-the-middle"),
        ("long term decay", 1, "chapters/absolute-to-relative/#decay claims/#claim-22"),
        ("kv cache position", 1, "answers/#ask-cache chapters/beyond-the-window/#cache"),
        ("complex numbers", 1, "chapters/absolute-to-relative/#complex"),
        ("alibi slopes", 1, "schemes/alibi/ claims/#claim-29"),
        ("rope bfloat16", 3, "schemes/rope/ chapters/absolute-to-relative/#precision"),
        ("reproduce", 1, "measured/reproduce/"),
        # questions
        ("why add instead of concatenate", 1, "answers/#ask-add chapters/why-add/"),
        ("why 10000", 1, "answers/#ask-sine chapters/learned-or-fixed/#why-10000"),
        ("why multiply by sqrt(d_model)", 1, "answers/#ask-sqrt chapters/learned-or-fixed/#sqrt-d"),
        ("sqrt(d_model)", 1, "answers/#ask-sqrt chapters/learned-or-fixed/#sqrt-d"),
        ("does rope extrapolate?", 1, "answers/#ask-extrapolate"),
        ("which positional encoding should i use", 3, "schemes/#which"),
        ("do i need positional encoding at all", 3, "answers/#ask-none schemes/none/"),
        # messages
        ("index out of range in self", 1, "answers/#ask-indexerror"),
        ("device-side assert triggered", 1, "answers/#ask-indexerror"),
        ("left padding gpt2", 1, "answers/#ask-padding"),
        ("stride max_length", 1, "answers/#ask-stride chapters/beyond-the-window/#cutting"),
        ("press 2022", 3, "references/"),
        # spelt as people spell
        (
            "positionalencoding",
            3,
            "chapters/why-add/ chapters/learned-or-fixed/ notation/ schemes/ schemes/sinusoidal/",
        ),
        ("sinusiodal", 1, "schemes/sinusoidal/"),
        ("extrapolating", 3, "answers/#ask-extrapolate"),
    ],
    "ko/": [
        # the names of schemes
        ("rope", 1, "schemes/rope/"),
        ("rope란", 1, "schemes/rope/ chapters/absolute-to-relative/#rope answers/#ask-explain"),
        ("RoPE가 뭔가요", 1, "schemes/rope/ chapters/absolute-to-relative/#rope answers/#ask-explain"),
        ("로터리", 1, "schemes/rope/"),
        ("로터리 임베딩", 1, "schemes/rope/"),
        ("alibi", 1, "schemes/alibi/"),
        ("m-rope", 1, "schemes/m_rope/"),
        ("nope", 1, "schemes/none/"),
        ("ntk", 1, "schemes/ntk_aware/"),
        ("t5 편향", 1, "schemes/t5_bias/"),
        ("위치 보간", 1, "schemes/position_interpolation/"),
        ("위치보간", 1, "schemes/position_interpolation/"),
        ("사인파", 1, "schemes/sinusoidal/ chapters/learned-or-fixed/#formula"),
        ("2차원 rope", 1, "schemes/rope_2d/"),
        ("부분 rope", 1, "schemes/partial_rope/"),
        ("학습된 위치 임베딩", 1, "schemes/learned/ chapters/learned-or-fixed/ answers/#ask-learned"),
        # concepts
        ("포지셔널 인코딩", 3, "chapters/why-add/ chapters/learned-or-fixed/ notation/#other-names answers/"),
        ("포지셔널인코딩", 3, "chapters/why-add/ chapters/learned-or-fixed/ notation/#other-names answers/"),
        ("원본 트랜스포머", 3, "schemes/sinusoidal/ chapters/learned-or-fixed/ answers/#ask-learned"),
        ("외삽", 3, "answers/#ask-extrapolate measured/train-short-test-long/ chapters/absolute-to-relative/#longer"),
        (
            "길이 외삽",
            3,
            "answers/#ask-extrapolate measured/train-short-test-long/ chapters/absolute-to-relative/#longer",
        ),
        ("윈도우", 3, "chapters/beyond-the-window/ notation/"),
        ("슬라이딩 윈도우", 1, "chapters/beyond-the-window/#sliding"),
        ("컨텍스트윈도우", 3, "chapters/beyond-the-window/ claims/#claim-11 notation/"),
        ("초고차원", 3, "chapters/why-add/"),
        ("어텐션 싱크", 1, "chapters/beyond-the-window/#sinks measured/real-weights/#sinks"),
        ("128k", 3, "answers/#ask-longer-later schemes/llama3_scaling/"),
        ("tupe", 1, "chapters/why-add/#four-terms-untied"),
        ("중첩", 1, "chapters/why-add/#superposition"),
        ("복소수", 1, "chapters/absolute-to-relative/#complex schemes/rope/"),
        ("직교", 3, "chapters/why-add/#near-orthogonal"),
        ("속도 비교", 1, "measured/speed/"),
        # questions
        ("왜 더하나요", 1, "answers/#ask-add chapters/why-add/"),
        ("위치 인코딩을 왜 더하나요", 1, "answers/#ask-add chapters/why-add/"),
        ("이어붙이면 안 되나요", 1, "answers/#ask-add chapters/why-add/#concatenate"),
        ("왜 10000인가요", 1, "answers/#ask-sine chapters/learned-or-fixed/#why-10000"),
        ("sqrt(d_model)을 왜 곱하나요", 1, "answers/#ask-sqrt chapters/learned-or-fixed/#sqrt-d"),
        ("rope는 절대 위치인가요 상대 위치인가요", 1, "answers/#ask-rope-kind chapters/absolute-to-relative/"),
        ("rope 외삽이 되나요", 1, "answers/#ask-extrapolate"),
        ("어떤 방식을 골라야 하나요", 1, "schemes/#which"),
        ("데이터 로더가 단어를 건너뛰나요", 1, "answers/#ask-stride"),
        ("데이터로더 스트라이드", 1, "answers/#ask-stride chapters/beyond-the-window/#cutting claims/#claim-18"),
        ("프롬프트가 너무 길어요", 1, "answers/#ask-truncate chapters/beyond-the-window/#truncation"),
        ("위치 임베딩이 꼭 필요한가요", 1, "answers/#ask-none"),
        ("단어 임베딩 오염", 1, "answers/#ask-pollute"),
        # messages and names in code
        ("인덱스 에러", 1, "answers/#ask-indexerror"),
        ("IndexError", 1, "answers/#ask-indexerror"),
        ("index out of range in self", 1, "answers/#ask-indexerror"),
        ("rotate_half", 1, "schemes/rope/ answers/#ask-halves"),
        ("alibi_bias", 1, "schemes/alibi/"),
        ("max_position_embeddings 늘리기", 1, "answers/#ask-resize"),
        ("왼쪽 패딩", 1, "answers/#ask-padding"),
        ("kv 캐시", 1, "answers/#ask-cache chapters/beyond-the-window/#cache"),
        ("sdpa", 1, "answers/#ask-sdpa schemes/alibi/"),
        ("gpt-2 위치 표", 3, "schemes/learned/ chapters/learned-or-fixed/"),
        ("press 2022", 3, "references/"),
        # with particles
        ("인코딩이란", 3, "chapters/why-add/ notation/ chapters/learned-or-fixed/ schemes/ answers/"),
        ("간섭처럼", 3, "chapters/why-add/#interference claims/#claim-6"),
        ("ALiBi의 기울기를", 1, "schemes/alibi/ claims/#claim-29"),
    ],
}

RESULTS = ".md-search-result__item"
LINKS = f"""() => [...document.querySelectorAll("{RESULTS}")].map(item =>
  [...item.querySelectorAll(":scope > a")].map(link => link.href))"""


def rank(found: list[list[str]], targets: str, root: str) -> int | None:
    """The place, from 1, of the first result that leads to one of the targets."""
    for place, links in enumerate(found, 1):
        shown = [re.sub(r"\?[^#]*", "", link.removeprefix(root)) for link in links]
        for target in targets.split():
            if target in shown or ("#" not in target and any(link.split("#")[0] == target for link in shown)):
                return place
    return None
