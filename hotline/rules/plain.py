"""The rules alone in the shape of a model, for when no trained one can be read.

It knows no words. What the phrases found is all there is: the points of a category are its margin, the points of
signs of urgency theirs, and marks of what is no tip count unless a crime is named.
"""

from functools import cache

from hotline.rules.classifier import NO_TIP_OTHER, NOT_A_TIP, URGENT, Model
from hotline.rules.features import REASON, RULE, SIGN
from hotline.rules.tagging import ENOUGH, NOTHING
from hotline.rules.taxonomy import categories, data

# One named crime (margin 1.4) then has two thirds of the shares, about what tagging gives it.
SHARPNESS = 3.0
# A message without any mark is a tip, and one that names a crime needs two marks to be none.
TIP_BIAS, CRIME_AGAINST = -0.5, -0.5
# One clear sign of urgency. Of a quarter of the training messages it found 53 % of the urgent ones, 72 % of the marks
# being right; at the two signs that short messages need it would be 27 %.
ALARMING = 1.0
# KHAC in a message that is no tip comes after every category that has anything for it.
LAST = -1.0


@cache
def rules_alone() -> Model:
    """A model of what the rules find, without a word of its own."""
    codes = [info.code for info in categories()]
    labels = (*codes, NO_TIP_OTHER, URGENT, NOT_A_TIP)

    def weights(**by_label: float) -> tuple[float, ...]:
        return tuple(by_label.get(label, 0.0) for label in labels)

    cues = data("urgency_vi")
    signs = {
        # The features hold the root of a category's points.
        f"rule {code}": weights(
            **{code: 1 / RULE, NOT_A_TIP: 0.0 if code in ("HANH_CHINH", NOTHING) else CRIME_AGAINST / RULE}
        )
        for code in codes
    }
    signs |= {
        f"urgency {kind}": weights(**{URGENT: 1 / REASON})
        for part in ("reasons", "lowering")
        for kind in cues[part]
    }
    signs |= {f"aside {kind}": weights(**{NOT_A_TIP: 1 / SIGN}) for kind in cues["not_a_tip"]}
    biases = {NOTHING: ENOUGH**0.5, NO_TIP_OTHER: LAST, URGENT: -ALARMING, NOT_A_TIP: TIP_BIAS}
    return Model(
        labels=labels,
        index={},
        rows=memoryview(b"").cast("b"),
        rarity=b"",
        signs=signs,
        scales=weights(),
        biases=weights(**biases),
        settings={"sharpness": SHARPNESS},
    )
