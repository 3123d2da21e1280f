import { peerNames, type PeerName, type PeerResult, type RunTime } from './peers/peerResult.js';
import { formatTable } from './textTable.js';

/** Medians of ganvas and of each peer, wall beside CPU time, and how many times as long a peer takes. */
export function peerSection(results: readonly PeerResult[]): string {
  const header = [
    results.some(({ ganvas }) => ganvas.cpuMilliseconds !== null) ? 'wall / CPU ms' : 'ms',
    'ganvas',
    ...peerNames.flatMap((name) => [name, 'times as long']),
  ];
  const rows = results.map((result) => [
    result.name,
    timeOf(result.ganvas),
    ...peerNames.flatMap((name) => [timeOf(result.peers[name]), pairOf(ratiosOf(result, name))]),
  ]);
  const groups = [...new Set(results.map(({ group }) => group))].filter(
    (group) => membersOf(results, group).length > 1,
  );
  const means = groups.map((group) => [
    `geometric mean, ${group}`,
    '',
    ...peerNames.flatMap((name) => ['', pairOf(meanOf(membersOf(results, group).map((each) => ratiosOf(each, name))))]),
  ]);
  const worst = Math.max(...results.flatMap(({ differences }) => Object.values(differences)));
  const versions = Object.entries(results[0]?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  return [
    formatTable(header, [...rows, ...means]),
    `${results[0]?.ganvas.wallMilliseconds.samples ?? 0} samples each, in turns, inputs written and results read by the CPU. Results differ by ${worst.toExponential(1)} of the largest number at most. ${versions.join(', ')}.`,
  ].join('\n\n');
}

interface Ratios {
  readonly wall: number;
  readonly cpu: number | null;
}

const membersOf = (results: readonly PeerResult[], group: PeerResult['group']): PeerResult[] =>
  results.filter((result) => result.group === group);

const ratiosOf = ({ ganvas, peers }: PeerResult, name: PeerName): Ratios => ({
  wall: peers[name].wallMilliseconds.median / ganvas.wallMilliseconds.median,
  cpu: cpuRatio(peers[name], ganvas),
});

function cpuRatio(peer: RunTime, ganvas: RunTime): number | null {
  const [theirs, ours] = [peer.cpuMilliseconds, ganvas.cpuMilliseconds];
  return theirs === null || ours === null ? null : theirs.median / ours.median;
}

function meanOf(ratios: readonly Ratios[]): Ratios {
  const mean = (values: readonly number[]): number =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  const cpus = ratios.flatMap(({ cpu }) => cpu ?? []);
  return { wall: mean(ratios.map(({ wall }) => wall)), cpu: cpus.length > 0 ? mean(cpus) : null };
}

const timeOf = ({ wallMilliseconds, cpuMilliseconds }: RunTime): string =>
  pairOf({ wall: wallMilliseconds.median, cpu: cpuMilliseconds?.median ?? null });

const pairOf = ({ wall, cpu }: Ratios): string =>
  cpu === null ? wall.toFixed(1) : `${wall.toFixed(1)} / ${cpu.toFixed(1)}`;
