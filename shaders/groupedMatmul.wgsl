// Matrix products that do not wait for each other, in one dispatch (a grouped GEMM): for each group g
//   y_g[n, o] = gain_g * Σ_k a[aOffset_g + n * aRowStride_g + k] * w_g[k, o] + bias_g[o], or
//   y_g[n, o] = rsqrt(Σ_k a² w_g[k, o] + epsilon_g)          with squareInput and rsqrtOutput
// A workgroup computes 64 columns of one row, so that where it stands in `blocks` is the same for all its lanes:
// styles of all layers from W+ are one dispatch, their demodulation coefficients another.
// Flags: hasBias, squareInput, rsqrtOutput.

override WORKGROUP_SIZE: u32 = 64u;

struct Block {
  aOffset: u32,
  aRowStride: u32,
  depth: u32,
  columns: u32,
  // Of the block's first column:
  column: u32,
  weight: u32,
  bias: u32,
  y: u32,
  gain: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<Block>;
#if hasBias
@group(0) @binding(3) var<storage, read> bias: array<f32>;
#endif
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let part = blocks[group.x];
  if (part.column + lane >= part.columns) {
    return;
  }
  let row = part.aOffset + group.y * part.aRowStride;
  var sum = 0.0;
  for (var k = 0u; k < part.depth; k++) {
    let left = a[row + k];
#if squareInput
    sum += left * left * weight[part.weight + k * part.columns + lane];
#else
    sum += left * weight[part.weight + k * part.columns + lane];
#endif
  }
#if rsqrtOutput
  sum = inverseSqrt(sum + part.epsilon);
#endif
#if hasBias
  sum += bias[part.bias + lane];
#endif
  y[part.y + group.y * part.columns + lane] = sum * part.gain;
}
