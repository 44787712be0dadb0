"""What the pages on a reader's own model say: threads at their addresses, mistakes beside what is right, and statements
that no block of theirs shows."""

import re

import pytest
import torch
from torch import nn

from snippets.schemes.alibi import alibi_bias
from snippets.schemes.cope import CoPE
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.transformer_xl import TransformerXL
from tools import LANGUAGES, ROOT, pages

PAGES = [path for language in LANGUAGES for path in sorted((ROOT / "docs" / language / "practice").glob("*.md"))]
COMPARED = ["cache.md", "batches.md"]  # here every number is a distance from the run that must come out
THREAD = re.compile(r"\[([\w.-]+/[\w.-]+)#(\d+)\]\(([^)\s]+)\)")


@pytest.mark.parametrize("path", PAGES, ids=pages.name)
def test_a_thread_is_linked_at_its_own_address(path):
    threads = THREAD.findall(re.sub(r"\s+", " ", path.read_text("utf-8")))
    assert threads, f"{pages.name(path)} names no thread"
    for repository, number, address in threads:
        where = rf"https://github\.com/{re.escape(repository)}/(issues|pull)/{number}"
        assert re.fullmatch(where, address), f"{pages.name(path)}: {address} is not {repository}#{number}"


@pytest.mark.parametrize("name", COMPARED)
def test_a_block_shows_the_mistake_and_the_lines_that_come_out_right(name):
    outputs = [f.body for f in pages.fences((ROOT / "docs/en/practice" / name).read_text("utf-8")) if f.expected]
    compared = [body for body in outputs if "off by" in body]
    assert len(compared) > len(outputs) / 2
    for body in compared:
        errors = [float(number) for number in re.findall(r"off by (nan|[\d.]+)", body)]
        assert 0.0 in errors, f"{name}: nothing comes out right in\n{body}"
        assert any(error != 0 for error in errors), f"{name}: no mistake is shown in\n{body}"


def test_a_ring_whose_positions_are_told_gives_contextual_positions_their_row():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 10, 8)
    cope = CoPE(8, 4)
    nn.init.normal_(cope.weight)
    held = torch.tensor([8, 9, 6, 7])
    row = cope(q[:, :, 9:], k[:, :, held], torch.tensor([9]), held)
    torch.testing.assert_close(row, cope(q, k)[:, :, 9:, held])


def test_packed_documents_give_contextual_positions_what_each_gets_alone_by_running_positions_only():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 8, 8)
    cope = CoPE(8, 4)
    nn.init.normal_(cope.weight)
    restart = torch.tensor([0, 1, 2, 3, 4, 0, 1, 2])
    alone = cope(q[:, :, :5], k[:, :, :5]).tril()
    torch.testing.assert_close(cope(q, k)[:, :, :5, :5].tril(), alone)
    assert not torch.allclose(cope(q, k, restart, restart)[:, :, :5, :5].tril(), alone)


def test_one_list_of_positions_serves_transformer_xl_behind_padding_on_the_left():
    torch.manual_seed(0)
    scheme = TransformerXL(16, 2)
    q, k = torch.randn(2, 1, 2, 7, 8)
    padded = scheme(q, k, torch.arange(7), torch.arange(7))[:, :, 3:, 3:]
    alone = scheme(q[:, :, 3:], k[:, :, 3:], torch.arange(4), torch.arange(4))
    torch.testing.assert_close(padded.tril(), alone.tril())


def test_counting_a_mask_is_right_for_padding_on_the_right_too():
    mask = torch.tensor([[1, 1, 1, 0, 0, 0, 1]])
    assert (mask.cumsum(-1) - 1).tolist() == [[0, 1, 2, 2, 2, 2, 3]]


def test_in_a_cache_with_a_hole_places_and_positions_of_the_text_are_both_consistent():
    torch.manual_seed(0)
    k = torch.randn(1, 1, 10, 64)
    kept, place = torch.tensor([0, 1, 8, 9]), torch.arange(4)
    for m in (kept, place):
        shifted = alibi_bias(m + 5, m + 5, heads=2)
        assert torch.equal(shifted, alibi_bias(m, m, heads=2))
    turned = rotate(k, rotations(torch.arange(10), frequencies(64)))[:, :, kept]
    again = rotate(turned, rotations(place - kept, frequencies(64)))
    torch.testing.assert_close(again, rotate(k[:, :, kept], rotations(place, frequencies(64))))


def test_two_masks_of_the_lowest_number_add_up_to_minus_infinity():
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        low = torch.tensor(torch.finfo(dtype).min, dtype=dtype)
        assert low + low == -torch.inf


def test_a_target_of_minus_100_is_passed_over():
    scores, target = torch.randn(3, 5), torch.tensor([1, -100, 2])
    every = nn.functional.cross_entropy(scores, target)
    torch.testing.assert_close(every, nn.functional.cross_entropy(scores[[0, 2]], target[[0, 2]]))
