// Weights stored as halves, two a word, so that every adapter can read them; sums stay f32. They are scaled before they are
// rounded, by powers of two, which lose nothing: planes of F(4×4, 3×3) by what their transform makes them smaller, and all by
// 64, because below 6e-5 halves lose digits, and some adapters take them for 0.
// The including kernel declares in Params: planeSide (planes a side of Winograd's transform, or 0).

fn rowScale(row: u32) -> f32 {
  if (row >= 1u && row <= 2u) {
    return 4.0;
  }
  return select(select(4.0, 1.0, row == 5u), 16.0, row == 3u || row == 4u);
}

fn weightScale(plane: u32) -> f32 {
  if (params.planeSide != 6u) {
    return 64.0;
  }
  return 64.0 * rowScale(plane / 6u) * rowScale(plane % 6u);
}
