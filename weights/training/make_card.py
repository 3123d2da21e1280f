"""Writes model-card.md from metrics.json.  usage: make_card.py OUT"""
import json
import sys

KIND = {
    "yaw": ("-42..42 deg, sd 19, + = face turns to the viewer's right", "continuous"),
    "pitch": ("-17..17 deg, sd 7.5, + = up", "continuous"),
    "roll": ("-6..6 deg, sd 2.5", "nuisance"),
    "smile": ("-0.7 frown .. 0 neutral .. 1 grin, two modes", "continuous"),
    "mouth_open": ("0..1, zero for more than half", "continuous"),
    "age": ("0..1 = 18..80 years", "continuous"),
    "masculinity": ("0..1, two modes at 0.2 and 0.8", "continuous"),
    "glasses": ("0 or 1", "binary"),
    "hair_length": ("0 above the ears .. 1 below the shoulders", "continuous"),
    "hair_hue": ("0 ash .. 1 copper", "continuous"),
    "hair_lightness": ("0 black .. 1 platinum", "continuous"),
    "skin_tone": ("0 pale .. 1 dark", "continuous"),
    "light_azimuth": ("-60..60 deg, + = from the viewer's right", "continuous"),
    "light_elevation": ("12..55 deg", "continuous"),
    "light_warmth": ("-1 blue .. 1 orange", "continuous"),
    "background_hue": ("0..1 of the colour circle", "circular"),
    "background_light": ("0..1", "continuous"),
    "beard": ("0 none, 0.15 stubble .. 1 full", "continuous"),
    "moustache": ("0, 0.5..1", "continuous"),
    "hair_volume": ("0..1", "continuous"),
    "fringe": ("0..1, lowers the hairline", "continuous"),
    "parting": ("-1..1, slant of the hairline", "continuous"),
    "curl": ("0..1", "continuous"),
    "bald": ("0, 0.25..1", "continuous"),
    "face_width": ("-1..1", "continuous"),
    "eye_size": ("-1..1", "continuous"),
    "eye_colour": ("0 brown .. 1 blue", "continuous"),
    "gaze_x": ("-1..1", "continuous"),
    "gaze_y": ("-1..1", "continuous"),
    "brow_height": ("-1..1", "continuous"),
    "brow_thickness": ("-1..1", "continuous"),
    "nose_length": ("-1..1", "continuous"),
    "nose_width": ("-1..1", "continuous"),
    "lip_fullness": ("0..1", "continuous"),
    "lip_colour": ("0, 0.3..1 lipstick", "continuous"),
    "glasses_shape": ("0 round .. 1 square (visible with glasses only)", "nuisance"),
    "glasses_colour": ("0 black .. red .. 1 blue", "nuisance"),
    "clothes_hue": ("0..1 of the colour circle", "circular"),
    "clothes_light": ("0..1", "nuisance"),
    "grey": ("0..1, follows age", "continuous"),
}


def table(head, rows):
    line = "| " + " | ".join("---" for _ in head) + " |"
    return "\n".join(["| " + " | ".join(map(str, r)) + " |" for r in [head]] + [line] + ["| " + " | ".join(map(str, r)) + " |" for r in rows]) + "\n"


def predictor_score(scores, factor):
    if factor == "glasses":
        return f"accuracy {scores['glasses_accuracy']}"
    if factor + "_sin" in scores:
        return f"sin {scores[factor + '_sin']}, cos {scores[factor + '_cos']}"
    return scores.get(factor, "")


def card(m, files, extra):
    name, res = m["model"], m["model"][4:]
    f, q = m["frechet_predictor_features"], m["frechet_normalised"]
    s = m["segmenter_test"]
    parts = [
        f"# {name} v2: faces from procedural renders\n",
        f"**What it is.** A StyleGAN2 generator of {res}x{res} pictures, trained on faces drawn by our own renderer "
        "(`../training/facegen.c`), adversarially and in pairs of z and render. No photograph, no person and no third-party weight or data went into it. It is bundled so that "
        "editing and discovery work at first start, and so that every discovery method can be scored against factors that are known "
        "exactly. **What it is not:** a model of photographs.\n",
        "![samples, psi 0.7](samples-psi07.png)\n\nSamples at psi 0.7, seeded, not selected. `samples-psi1.png` shows psi 1, `real.png` renders of the data set.\n",
        "## Files\n\n" + table(("file", "content"), files),
        "## Generator and training\n",
        f"Layer order, parameter names and arithmetic are those of the StyleGAN2-ADA *skip* generator: {m['g_parameters']:,} parameters, "
        "constant noise buffers, no clamping, output in -1..1. `../training/check_golden.py` recomputes the golden pictures from the file by "
        "the textbook formulas.\n",
        f"Length: **{m['kimg']} thousand images**, {m['iterations']:,} steps, {m['minutes']:.0f} minutes. {extra.get('training', '')}\n",
        "Pairs: a render is drawn by dice, one standard normal number for every factor (two for a hue), and those are part of its z, in a "
        "basis drawn once (`../training/pairs.py`). The generator is held to the render by pixels, small parts counting more, and by the "
        "segmenter's maps; its w to telling the factors linearly. A generator that learns from pictures alone has no such z: "
        "methods have it easier here. What is seldom there (glasses, beards, "
        "bald heads) lies beyond a threshold, and the correlations below are in the way from z to w.\n",
        "The discriminator has a second head that reads the factors of renders, which keeps its trunk aware of small things; what the "
        "generator makes is judged by the first head alone.\n",
        "## Quality\n\nFrechet distance between 5,000 training renders and 5,000 samples on the predictor's last features. This is **not** FID "
        "(no Inception network): compare it only with itself.\n",
        table(("", "raw features", "features scaled to unit variance"), [
            ("samples, psi 1", f["fake_psi1"], q["fake_psi1"]), ("samples, psi 0.7", f["fake_psi07"], ""),
            ("5,000 other training renders (floor)", f["real_vs_real"], q["real_vs_real"])]),
        "Measured at psi 1. Spread ratio is the standard deviation of the predicted factor among samples over that among renders (1 = full "
        "variety, near 0 = the generator lost the factor); R2 from w is how well a linear map reads the predicted factor off w on held-out "
        "samples. Means are in standardised units (glasses: probability).\n",
        table(("factor", "mean in renders", "mean in samples", "spread ratio", "R2 from w"),
              [(k, v["real_mean"], v["fake_mean"], v["spread_ratio"], v["r2_linear_from_w"]) for k, v in m["factors"].items()]),
        "Part areas, percent of the picture (renders / samples by the segmenter): " + ", ".join(f"{k} {a}/{b}" for k, (a, b) in m["part_area_percent"].items()) + ".\n",
        f"## Data\n\n{m['train_renders']:,} training renders (factors from seed 1) and 2,000 held-out ones (seed 2), drawn with four rays a pixel. "
        "Exact part labels of every pixel: background, skin, hair, eyes, brows, nose, mouth, glasses, beard, ears, neck and clothes (0..10).\n",
        table(("factor", "range", "kind", "predictor's R2 on held-out renders"), [(k, r, kind, predictor_score(m["predictor_test"], k)) for k, (r, kind) in KIND.items()]),
        "Correlations put in on purpose (after those seen in photo collections), as measured in the training set (absolute value above 0.08):\n",
        ", ".join(f"{k.replace('~', ' - ')} {v:+.2f}" for k, v in sorted(m["correlations_above_0.08"].items(), key=lambda t: -abs(t[1]))) + ".\n",
        "Lightness of hair and eye colour fall with skin tone; glasses become likelier with age; beard and baldness need a high masculinity; grey "
        "follows age. All other factors are independent. 'Masculinity' is a drawing parameter (jaw, brow, lids, neck), nothing more.\n",
        "## Small networks\n\nPredictor, segmenter and encoder: `../training/nets.py`; batch norm is folded away. The first two learnt from renders, "
        "clean, blurred and noisy, the encoder from the generator's own pictures and from renders.\n",
        "Segmenter on held-out renders: pixel accuracy %s, mIoU %s (%s).\n" % (s["pixel_accuracy"], s["mIoU"], ", ".join(f"{k} {v}" for k, v in s.items() if k not in ("pixel_accuracy", "mIoU"))),
        f"Encoder: {m['encoder_psnr_held_out']} dB median PSNR on 400 held-out renders, in one pass.\n" if "encoder_psnr_held_out" in m else "",
        "## Limits\n\n" + extra.get("limits", "See the tables: a factor whose spread ratio is well below 1, or whose R2 from w is low, is one that the generator has not learnt well or "
        "has not laid out linearly, and a method should not be blamed for missing it.") + "\n",
        "## Licence\n\nCC0 1.0: the weights, the renders and the figures are dedicated to the public domain.\n",
    ]
    return "\n".join(p for p in parts if p)


def main():
    out = sys.argv[1]
    with open(f"{out}/metrics.json") as f:
        m = json.load(f)
    try:
        with open(f"{out}/card-notes.json") as f:  # what numbers do not tell: "training", "limits"
            extra = json.load(f)
    except FileNotFoundError:
        extra = {}
    n = m["model"]
    files = [
        (f"`{n}-g.safetensors`", "generator (averaged weights), f32"),
        (f"`{n}-g-fp16.safetensors`", f"the same in halves (largest error on the four golden pictures: {m['fp16_weights_max_abs_error']} on a scale of -1..1)"),
        (f"`{n}-predictor.safetensors`", "attribute predictor, halves; output names, means and deviations in the header"),
        (f"`{n}-segmenter.safetensors`", "part segmenter, halves; part names in the header"),
        (f"`{n}-encoder.safetensors`", "picture to W+, halves"),
        (f"`{n}-golden.safetensors`", "four z, w, ws, pictures at psi 1 and 0.7, per resolution and without noise, a vector-Jacobian product; outputs of the small networks"),
        ("`test-renders/`", "400 held-out renders, part masks and `factors.json`"),
        ("`metrics.json`", "all measurements below"),
    ]
    with open(f"{out}/model-card.md", "w") as f:
        f.write(card(m, files, extra))


if __name__ == "__main__":
    main()
