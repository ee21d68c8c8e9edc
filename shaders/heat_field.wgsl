// The heat field on the GPU: counts of address cells, sums of their weights on one level, and the blur.
// Partners: bench/field_gpu.rs, which binds; heat/field.rs and heat/blur.rs, which say the same in Rust.

struct Params {
    width: u32,
    height: u32,
    level: u32,
    // Events, changes or cells of this dispatch.
    count: u32,
    must: u32,
    // 0xffff takes all.
    category: u32,
    sources: u32,
    // Entries of the table of weights; 0 where every event weighs 1.
    weights: u32,
    reach: u32,
    // From sums to events per km².
    per_km2: f32,
    unused_a: u32,
    unused_b: u32,
}

const DEAD: u32 = 0xffffffffu;
const UNIT: u32 = 256u;
// Keep in sync with field_gpu.rs.
const GROUP: u32 = 256u;
const ROW: u32 = 32768u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> cells: array<u32>;
@group(0) @binding(2) var<storage, read> attrs: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> sums: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> weights: array<u32>;
@group(0) @binding(6) var<storage, read> kernel: array<f32>;
@group(0) @binding(7) var<storage, read_write> across: array<f32>;
@group(0) @binding(8) var<storage, read_write> packed: array<u32>;

fn index(group: vec3<u32>, local: u32) -> u32 {
    return (group.y * ROW + group.x) * GROUP + local;
}

fn takes(attr: u32) -> bool {
    return attr != DEAD
        && (attr & params.must) == params.must
        && (params.category == 0xffffu || (attr & 0xffu) == params.category)
        && ((params.sources >> ((attr >> 8u) & 3u)) & 1u) == 1u;
}

fn weight_of(count: u32) -> u32 {
    if params.weights == 0u {
        return count * UNIT;
    }
    return weights[min(count, params.weights - 1u)];
}

@compute @workgroup_size(256)
fn scatter(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = index(group, local);
    if i >= params.count {
        return;
    }
    let x = cells[i] & 0xffffu;
    let y = cells[i] >> 16u;
    if x < params.width && y < params.height && takes(attrs[i]) {
        atomicAdd(&counts[y * params.width + x], 1u);
    }
}

@compute @workgroup_size(256)
fn sum_up(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = index(group, local);
    let columns = params.width >> params.level;
    if i >= columns * (params.height >> params.level) {
        return;
    }
    let side = 1u << params.level;
    let corner = (i / columns) * side * params.width + (i % columns) * side;
    var sum = 0u;
    for (var v = 0u; v < side; v++) {
        for (var u = 0u; u < side; u++) {
            let count = atomicLoad(&counts[corner + v * params.width + u]);
            if count != 0u {
                sum += weight_of(count);
            }
        }
    }
    atomicStore(&sums[i], sum);
}

// Each addition says what the count was before: whatever the order, the differences of the weights add up to the same.
@compute @workgroup_size(256)
fn apply(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = index(group, local);
    if i >= params.count {
        return;
    }
    let x = cells[i] & 0xffffu;
    let y = cells[i] >> 16u;
    if x >= params.width || y >= params.height {
        return;
    }
    let before = atomicAdd(&counts[y * params.width + x], attrs[i]);
    let by = weight_of(before + attrs[i]) - weight_of(before);
    atomicAdd(&sums[(y >> params.level) * (params.width >> params.level) + (x >> params.level)], by);
}

@compute @workgroup_size(256)
fn blur_across(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = index(group, local);
    if i >= params.count {
        return;
    }
    let columns = params.width >> params.level;
    let column = i % columns;
    let row = i - column;
    var sum = f32(atomicLoad(&sums[i])) * kernel[0];
    for (var step = 1u; step <= params.reach; step++) {
        if column >= step {
            sum += f32(atomicLoad(&sums[i - step])) * kernel[step];
        }
        if column + step < columns {
            sum += f32(atomicLoad(&sums[i + step])) * kernel[step];
        }
    }
    across[i] = sum;
}

@compute @workgroup_size(256)
fn blur_down(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = index(group, local);
    if i >= params.count {
        return;
    }
    let columns = params.width >> params.level;
    var sum = across[i] * kernel[0];
    for (var step = 1u; step <= params.reach; step++) {
        let apart = step * columns;
        if i >= apart {
            sum += across[i - apart] * kernel[step];
        }
        if i + apart < params.count {
            sum += across[i + apart] * kernel[step];
        }
    }
    packed[i] = pack2x16float(vec2<f32>(sum * params.per_km2, 0.0));
}
