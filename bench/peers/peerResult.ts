import type { Spread } from '../statistics.js';
import type { PeerWorkload } from './workloads.js';

export const peerNames = ['onnxruntime', 'tfjs'] as const;
export type PeerName = (typeof peerNames)[number];

export interface RunTime {
  readonly wallMilliseconds: Spread;
  /** Of all threads of the process; null in a page. */
  readonly cpuMilliseconds: Spread | null;
}

/** One graph by ganvas and by every peer, from numbers on the CPU to numbers on the CPU. */
export interface PeerResult {
  readonly suite: 'peers';
  readonly name: string;
  readonly group: PeerWorkload['group'];
  readonly ganvas: RunTime;
  readonly peers: Readonly<Record<PeerName, RunTime>>;
  /** Largest difference of a peer's numbers from ganvas's, in parts of the largest number. */
  readonly differences: Readonly<Record<PeerName, number>>;
  readonly versions: Readonly<Record<string, string>>;
}
