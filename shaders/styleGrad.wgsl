// Gradient of the styles s of a modulated convolution through its demodulation d = rsqrt(s² × energy + epsilon), added
// to what reaches them otherwise (`rest`):
//   ds[n, c] = rest[n, c] + factor * s[n, c] * Σ_o energy[c, o] * dd[n, o] * d[n, o]³
// The factor is −1: −½ of the root's derivative times 2 of the square's. Flag: hasRest.
// @import lib/linearIndex

struct Params {
  count: u32,
  channels: u32,
  outChannels: u32,
  factor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dd: array<f32>;
@group(0) @binding(2) var<storage, read> d: array<f32>;
@group(0) @binding(3) var<storage, read> energy: array<f32>;
@group(0) @binding(4) var<storage, read> s: array<f32>;
#if hasRest
@group(0) @binding(5) var<storage, read> rest: array<f32>;
#endif
@group(0) @binding(6) var<storage, read_write> ds: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let sampleStart = index / params.channels * params.outChannels;
  let energyStart = index % params.channels * params.outChannels;
  var sum = 0.0;
  for (var o = 0u; o < params.outChannels; o++) {
    let root = d[sampleStart + o];
    sum += energy[energyStart + o] * dd[sampleStart + o] * (root * root * root);
  }
  var result = params.factor * s[index] * sum;
#if hasRest
  result += rest[index];
#endif
  ds[index] = result;
}
