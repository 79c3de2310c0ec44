"""Learn the 64 directions in which leads differ most, from what they say."""

import hashlib
from collections.abc import Sequence

from ml.recommend.embed import SIZE, LocalEmbedder, hashed


def train(texts: Sequence[str], *, seed: int = 0) -> LocalEmbedder:
    """The local model these texts make; its name follows from them, so that vectors are made anew when it changes."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer

    counts = hashed(texts)
    weights = TfidfTransformer(sublinear_tf=True).fit(counts)
    pressed = TruncatedSVD(min(SIZE, max(2, len(texts) - 1)), n_iter=4, random_state=seed).fit(weights.transform(counts))
    digest = hashlib.sha256("\x1f".join(texts).encode() + bytes([seed % 256])).hexdigest()[:8]
    return LocalEmbedder(weights, pressed, f"local-{digest}")
