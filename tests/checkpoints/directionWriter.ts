/** Writes files of directions as other projects do. */
import { writeNpy } from '../../src/checkpoints/npy.js';
import * as p from './pickleWriter.js';
import { joined } from './pickleWriter.js';
import { reference, storage, tensorOf, writeTorchZip, writeZip } from './torchWriter.js';

/** `np.save` of an object: an array of objects without axes, whose data is a pickle. */
export function pickledNpy(content: p.Pickled, protocol = 3): Uint8Array<ArrayBuffer> {
  const array = p.build(
    p.call(
      'numpy.core.multiarray',
      '_reconstruct',
      p.global('numpy', 'ndarray'),
      p.tuple(p.int(0)),
      p.bytes(Uint8Array.of(98)),
    ),
    p.tuple(
      p.int(1),
      p.tuple(),
      p.build(
        p.call('numpy', 'dtype', p.text('O8'), p.bool(false), p.bool(true)),
        p.tuple(p.int(3), p.text('|'), p.none, p.none, p.none, p.int(-1), p.int(-1), p.int(63)),
      ),
      p.bool(false),
      p.list(content),
    ),
  );
  const dict = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
  const header = new TextEncoder().encode(`${dict.padEnd(117)}\n`);
  const prefix = Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0);
  return joined([prefix, header, p.writePickle(array, protocol)]);
}

/** HiGAN's boundary with the layers that it is meant for. */
export function higanBoundary(
  boundary: Float64Array,
  layers: Readonly<Record<string, p.Pickled>> = { meta_data: p.dict({ manipulate_layers: p.text('1-2') }) },
): Uint8Array<ArrayBuffer> {
  const array = p.numpyArray([1, boundary.length], boundary, { dtype: 'f8' });
  return pickledNpy(p.dict({ boundary: array, ...layers }));
}

/** GANSpace's components of a latent of `dim` numbers. */
export function ganspaceNpz(
  components: Float32Array,
  latentStdev: Float32Array,
  { deflate = false, shape }: { readonly deflate?: boolean; readonly shape?: readonly number[] } = {},
): Uint8Array {
  const count = latentStdev.length;
  const dim = components.length / count;
  const array = (name: string, extents: readonly number[], values: Float32Array) => ({
    name: `${name}.npy`,
    content: writeNpy(extents, values),
  });
  return writeZip(
    [
      array('act_comp', [count, 2, 1, 1], new Float32Array(2 * count)),
      array('act_mean', [2, 1, 1], new Float32Array(2)),
      array(
        'act_stdev',
        [count],
        latentStdev.map((_, k) => 8 - k),
      ),
      array('lat_comp', shape ?? [count, 1, dim], components),
      array('lat_mean', [1, dim], new Float32Array(dim)),
      array('lat_stdev', [count], latentStdev),
      array(
        'var_ratio',
        [count],
        latentStdev.map((_, k) => 2 ** -(k + 1)),
      ),
      array('random_stdevs', [count], new Float32Array(count)),
    ],
    { deflate },
  );
}

/** What closed_form_factorization.py saves. */
export function factorPt(eigvec: Float32Array, shape: readonly [number, number]): Uint8Array {
  const values = storage('0', 'FloatStorage', eigvec);
  const tensor = tensorOf(reference(values), { shape, strides: [shape[1], 1] });
  return writeTorchZip({ storages: [values], root: () => p.dict({ ckpt: p.text('stylegan2.pt'), eigvec: tensor }) });
}
