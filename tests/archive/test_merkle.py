"""A tree that two strangers compute alike, and proofs that hold for what is true and for nothing else."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain import merkle
from archive.domain.merkle import Frontier, leaf_hash, node_hash
from archive.errors import Misuse

# The records, roots and proofs that the Certificate Transparency implementations have tested each other
# with since 2012.
RECORDS = [
    bytes.fromhex(record)
    for record in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [leaf_hash(record) for record in RECORDS]
EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NODE_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
NODE_23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_4567 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
NODE_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NODE_67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
INCLUSION = [  # index from 0, size, path
    (0, 1, []),
    (0, 8, [NODE_1, NODE_23, NODE_4567]),
    (5, 8, [NODE_4, NODE_67, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [ROOTS[0], NODE_23, NODE_4]),
]
CONSISTENCY = [  # old size, new size, path
    (1, 1, []),
    (1, 8, [NODE_1, NODE_23, NODE_4567]),
    (6, 8, [NODE_45, NODE_67, ROOTS[3]]),
    (2, 5, [NODE_23, NODE_4]),
]

SIZES = [*range(1, 36), 63, 64, 65, 127, 128, 129, 300]  # all small ones, and around the powers of two


def some_leaves(count):
    return [leaf_hash(b"record %d" % n) for n in range(count)]


MANY = some_leaves(300)


def rfc_root(leaves):
    """RFC 9162 section 2.1.1, word for word: the root of a list is by the roots of its two parts."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = max(2**n for n in range(len(leaves).bit_length()) if 2**n < len(leaves))
    return hashlib.sha256(b"\x01" + rfc_root(leaves[:k]) + rfc_root(leaves[k:])).digest()


MANY_ROOTS = [rfc_root(MANY[:size]) for size in range(len(MANY) + 1)]


# -- the published facts


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_certificate_transparency_has(size):
    wanted = ROOTS[size - 1] if size else EMPTY_ROOT
    assert merkle.root(LEAVES[:size]).hex() == wanted


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_inclusion_proofs_are_those_that_certificate_transparency_has(index, size, path):
    proof = merkle.inclusion_proof(LEAVES[:size], index)
    assert [step.hex() for step in proof] == path
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_consistency_proofs_are_those_that_certificate_transparency_has(old, new, path):
    proof = merkle.consistency_proof(LEAVES, old, new)
    assert [step.hex() for step in proof] == path
    roots = (bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]))
    assert merkle.verify_consistency(old, new, *roots, proof)


def test_the_tree_of_seven_that_the_rfc_draws():
    """RFC 9162 section 2.1.5: the nodes that prove d0, d3, d4 and d6, and trees of 3, 4 and 6 leaves."""
    a, b, c, d, e, f, j = leaves = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    assert merkle.root(leaves) == node_hash(k, m)
    assert merkle.inclusion_proof(leaves, 0) == (b, h, m)
    assert merkle.inclusion_proof(leaves, 3) == (c, g, m)
    assert merkle.inclusion_proof(leaves, 4) == (f, j, k)
    assert merkle.inclusion_proof(leaves, 6) == (i, k)
    assert merkle.consistency_proof(leaves, 3, 7) == (c, d, g, m)
    assert merkle.consistency_proof(leaves, 4, 7) == (m,)
    assert merkle.consistency_proof(leaves, 6, 7) == (i, j, k)


def test_a_leaf_is_no_node():
    """The prefixes are there so that nobody shows the two hashes below a node as if they were a record."""
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


# -- laws


def test_every_size_has_the_root_of_the_definition():
    frontier = Frontier()
    for leaf, wanted in zip(MANY, MANY_ROOTS[1:], strict=True):
        frontier.append(leaf)
        assert frontier.root() == wanted


def test_every_leaf_of_every_size_is_proved():
    for size in SIZES:
        for index in range(size):
            proof = merkle.inclusion_proof(MANY[:size], index)
            assert len(proof) <= (size - 1).bit_length()
            assert merkle.verify_inclusion(MANY[index], index, size, proof, MANY_ROOTS[size])


def test_every_tree_is_proved_to_be_the_beginning_of_every_later_one():
    for new in SIZES:
        for old in range(new + 1):
            proof = merkle.consistency_proof(MANY, old, new)
            assert len(proof) <= (new - 1).bit_length() + 1
            assert merkle.verify_consistency(old, new, MANY_ROOTS[old], MANY_ROOTS[new], proof)


@st.composite
def tamperings(draw, honest):
    """`honest` with one thing done to it: a hash changed, dropped, doubled, swapped or added."""
    proof = list(honest)
    at = draw(st.integers(0, max(0, len(proof) - 1)))
    deed = draw(st.sampled_from(["flip", "drop", "double", "swap", "add", "cut", "lengthen"]))
    if deed == "add" or not proof:
        proof.insert(at, draw(st.sampled_from([*honest, bytes(32), MANY[0]])))
    elif deed == "flip":
        bit = draw(st.integers(0, 255))
        proof[at] = (int.from_bytes(proof[at]) ^ (1 << bit)).to_bytes(32)
    elif deed == "swap":
        proof[at], proof[0] = proof[0], proof[at]
    elif deed == "double":
        proof.insert(at, proof[at])
    elif deed == "cut":
        proof[at] = proof[at][:-1]
    elif deed == "lengthen":
        proof[at] += b"\0"
    else:
        del proof[at]
    return tuple(proof)


@settings(max_examples=120, deadline=None)
@given(data=st.data(), size=st.integers(1, 300))
def test_a_tampered_inclusion_is_refused(data, size):
    index = data.draw(st.integers(0, size - 1))
    honest = merkle.inclusion_proof(MANY[:size], index)
    forged = data.draw(tamperings(honest))
    accepted = merkle.verify_inclusion(MANY[index], index, size, forged, MANY_ROOTS[size])
    assert accepted == (forged == honest)
    other = data.draw(st.integers(-1, 301).filter(lambda n: n != index))
    assert not merkle.verify_inclusion(MANY[index], other, size, honest, MANY_ROOTS[size])
    assert not merkle.verify_inclusion(leaf_hash(b"forged"), index, size, honest, MANY_ROOTS[size])
    assert not merkle.verify_inclusion(MANY[index], index, size, honest, MANY_ROOTS[size - 1])


@settings(max_examples=120, deadline=None)
@given(data=st.data(), new=st.integers(2, 300))
def test_a_tampered_consistency_is_refused(data, new):
    old = data.draw(st.integers(1, new - 1))
    honest = merkle.consistency_proof(MANY, old, new)
    forged = data.draw(tamperings(honest))
    accepted = merkle.verify_consistency(old, new, MANY_ROOTS[old], MANY_ROOTS[new], forged)
    assert accepted == (forged == honest)
    assert not merkle.verify_consistency(old, new, MANY_ROOTS[old - 1], MANY_ROOTS[new], honest)
    assert not merkle.verify_consistency(old, new, MANY_ROOTS[old], MANY_ROOTS[new - 1], honest)
    assert not merkle.verify_consistency(new, old, MANY_ROOTS[new], MANY_ROOTS[old], honest)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), new=st.integers(2, 300))
def test_a_rewritten_past_has_no_proof(data, new):
    """One record of the old tree is another in the new one; not even the true proof for the new tree helps."""
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*MANY[:changed], leaf_hash(b"rewritten"), *MANY[changed + 1 : new]]
    proof = merkle.consistency_proof(rewritten, old, new)
    assert not merkle.verify_consistency(old, new, MANY_ROOTS[old], merkle.root(rewritten), proof)


def test_a_tree_of_the_same_size_must_be_the_same_and_the_empty_one_begins_all():
    assert merkle.verify_consistency(5, 5, MANY_ROOTS[5], MANY_ROOTS[5], ())
    assert not merkle.verify_consistency(5, 5, MANY_ROOTS[5], MANY_ROOTS[4], ())
    assert not merkle.verify_consistency(5, 5, MANY_ROOTS[5], MANY_ROOTS[5], (MANY[0],))
    assert merkle.verify_consistency(0, 5, merkle.EMPTY, MANY_ROOTS[5], ())
    assert not merkle.verify_consistency(0, 5, MANY_ROOTS[1], MANY_ROOTS[5], ())
    assert merkle.verify_consistency(0, 0, merkle.EMPTY, merkle.EMPTY, ())
    assert not merkle.verify_consistency(0, 0, merkle.EMPTY, MANY_ROOTS[1], ())


# -- questions that make no sense


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_cannot_be_proved(index, size):
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_proof(MANY[:size], index)


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3), (2, 301)])
def test_a_growth_that_was_none_cannot_be_proved(old, new):
    with pytest.raises(ValueError, match="leaves"):
        merkle.consistency_proof(MANY, old, new)


# -- the state between two runs


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.integers(0, 60), max_size=5))
def test_a_tree_that_is_put_away_and_taken_up_again_grows_as_if_it_never_rested(parts):
    frontier = Frontier()
    steps = [0]
    for part in parts:
        steps.append(steps[-1] + part)
    for start, end in pairwise(steps):
        frontier = Frontier.from_json(frontier.to_json())
        for leaf in MANY[start:end]:
            frontier.append(leaf)
    assert frontier.size == steps[-1]
    assert frontier.root() == MANY_ROOTS[steps[-1]]
    assert len(json.loads(frontier.to_json())["hashes"]) == steps[-1].bit_count()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"size": 1, "hashes": []}',
        '{"size": -1, "hashes": ["00"]}',
        '{"size": 1, "hashes": ["00"]}',
        '{"size": 1, "hashes": [1]}',
        f'{{"size": true, "hashes": ["{EMPTY_ROOT}"]}}',
        f'{{"size": "1", "hashes": ["{EMPTY_ROOT}"]}}',
        f'{{"size": 1, "hashes": ["{EMPTY_ROOT}", "{EMPTY_ROOT}"]}}',
    ],
)
def test_a_state_that_is_none_is_refused(text):
    with pytest.raises(Misuse, match="not the state of a Merkle tree"):
        Frontier.from_json(text)


def test_a_leaf_that_is_no_hash_is_refused_and_changes_nothing():
    frontier = Frontier()
    frontier.append(MANY[0])
    with pytest.raises(ValueError, match="32 bytes, not 5"):
        frontier.append(b"short")
    assert (frontier.size, frontier.root()) == (1, MANY[0])
