// Every plane of value gets mean 0 and mean square 1, in place:
//   value = (value - mean) / sqrt(mean((value - mean)²))
// One workgroup a plane: two sums by a tree in workgroup memory, the second of centred values, which loses no digits
// to a large mean. A plane whose mean square is below leastVariance is constant and becomes zeros.
override WORKGROUP_SIZE: u32 = 256u;

struct Params {
  planes: u32,
  size: u32,
  leastVariance: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> value: array<f32>;

var<workgroup> sums: array<f32, WORKGROUP_SIZE>;

// Sum of one number a lane, the same for all lanes. WORKGROUP_SIZE is a power of two.
fn sumOverLanes(lane: u32, part: f32) -> f32 {
  sums[lane] = part;
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
  }
  let total = workgroupUniformLoad(&sums[0]);
  workgroupBarrier();
  return total;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let plane = group.x + group.y * groups.x;
  let count = select(0u, params.size, plane < params.planes);
  let base = plane * params.size;

  var sum = 0.0;
  for (var i = lane; i < count; i += WORKGROUP_SIZE) {
    sum += value[base + i];
  }
  let mean = sumOverLanes(lane, sum) / f32(params.size);

  var energy = 0.0;
  for (var i = lane; i < count; i += WORKGROUP_SIZE) {
    let centred = value[base + i] - mean;
    energy += centred * centred;
  }
  let variance = sumOverLanes(lane, energy) / f32(params.size);
  let scale = inverseSqrt(max(variance, params.leastVariance));

  for (var i = lane; i < count; i += WORKGROUP_SIZE) {
    value[base + i] = (value[base + i] - mean) * scale;
  }
}
