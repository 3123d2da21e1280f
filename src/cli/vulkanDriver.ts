import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/**
 * The Vulkan driver Dawn should use. `given`: the environment names one, or the platform needs no Vulkan.
 * `hardware`: the loader is left to find the GPU's own. `icd` is the software driver's manifest.
 */
export type VulkanDriver =
  | { readonly kind: 'given' | 'hardware' }
  | { readonly kind: 'lavapipe' | 'swiftshader'; readonly icd: string }
  | { readonly kind: 'none'; readonly remedy: string };

/** Where to look; tests hand in folders of their own. */
export interface DriverSearch {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prefix of every absolute path that is looked at; '' on a real machine. */
  readonly root: string;
}

const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
];
const ICD_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const SWIFTSHADER_FOLDERS = [
  '/usr/lib/chromium',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
  '/opt/google/chrome-unstable',
];
/** The first Mesa whose lavapipe has all that Dawn asks of an adapter. */
const OLDEST_MESA = 24;

const REMEDY_LOADER =
  'The Vulkan loader libvulkan.so.1 is not installed; on Debian run "apt-get install libvulkan1 mesa-vulkan-drivers".';
const REMEDY_DRIVER =
  'No Vulkan driver was found; install Mesa 24 or newer (on Debian 12, mesa-vulkan-drivers from bookworm-backports) or Chromium, whose SwiftShader also serves.';

/**
 * Finds the best Vulkan driver: what the environment names, else hardware, else lavapipe (Mesa 24 or newer), else
 * the SwiftShader that Chromium carries. macOS and Windows need none: Dawn uses Metal and Direct3D there.
 */
export function findVulkanDriver(search: DriverSearch = thisMachine()): VulkanDriver {
  const { env, root, platform } = search;
  if (platform !== 'linux' || env['VK_DRIVER_FILES'] || env['VK_ICD_FILENAMES']) return { kind: 'given' };
  if (!hasLoader(search)) return { kind: 'none', remedy: REMEDY_LOADER };
  if (hasHardware(root)) return { kind: 'hardware' };
  const lavapipe = findLavapipe(root);
  if (lavapipe !== null) return { kind: 'lavapipe', icd: lavapipe };
  const swiftshader = SWIFTSHADER_FOLDERS.map((folder) => join(root, folder, 'vk_swiftshader_icd.json')).find(
    existsSync,
  );
  if (swiftshader !== undefined) return { kind: 'swiftshader', icd: swiftshader };
  return { kind: 'none', remedy: REMEDY_DRIVER };
}

/**
 * Points the Vulkan loader of this process, and of those it starts, at the driver. Must run before Dawn is loaded,
 * in the main thread: a worker thread's `process.env` is a copy that C libraries do not see.
 */
export function useVulkanDriver(driver: VulkanDriver): void {
  if (driver.kind === 'lavapipe' || driver.kind === 'swiftshader') {
    process.env['VK_DRIVER_FILES'] = driver.icd;
    // Loaders before 1.3.207 know only the older name.
    process.env['VK_ICD_FILENAMES'] = driver.icd;
  }
  // lavapipe keeps its shared memory there and complains without it.
  if (process.platform === 'linux') process.env['XDG_RUNTIME_DIR'] ||= runtimeFolder();
}

function runtimeFolder(): string {
  const folder = join(tmpdir(), `ganvas-runtime-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function thisMachine(): DriverSearch {
  return { platform: process.platform, env: process.env, root: '' };
}

function hasLoader({ env, root }: DriverSearch): boolean {
  const named = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const inFolder = [...named, ...LIBRARY_FOLDERS].some((folder) => existsSync(join(root, folder, 'libvulkan.so.1')));
  const cache = join(root, '/etc/ld.so.cache');
  return inFolder || (existsSync(cache) && readFileSync(cache, 'latin1').includes('libvulkan.so.1'));
}

/** A GPU without an installed driver, common in containers, does not count. */
function hasHardware(root: string): boolean {
  const renderNodes = join(root, '/dev/dri');
  const drm = existsSync(renderNodes) && readdirSync(renderNodes).some((name) => name.startsWith('renderD'));
  const device = drm || existsSync(join(root, '/dev/nvidia0'));
  return device && driverManifests(root).some((path) => !isLavapipe(path));
}

function driverManifests(root: string): readonly string[] {
  return ICD_FOLDERS.map((folder) => join(root, folder))
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
}

function isLavapipe(manifest: string): boolean {
  return /\blvp_icd[^/]*\.json$/.test(manifest);
}

function findLavapipe(root: string): string | null {
  const manifests = driverManifests(root).filter(isLavapipe);
  return manifests.find((path) => (mesaVersion(path, root) ?? 0) >= OLDEST_MESA) ?? null;
}

/** Mesa's major version, read from the text the driver reports as its `driverInfo`: "Mesa 25.0.7". */
function mesaVersion(manifest: string, root: string): number | null {
  const library = libraryPath(readFileSync(manifest, 'utf8'));
  if (library === null) return null;
  const candidates = isAbsolute(library)
    ? [join(root, library)]
    : [dirname(manifest), ...LIBRARY_FOLDERS.map((folder) => join(root, folder))].map((folder) =>
        join(folder, library),
      );
  const file = candidates.find(existsSync);
  if (file === undefined) return null;
  const version = /Mesa (\d+)\.\d+\.\d+/.exec(readFileSync(file, 'latin1'))?.[1];
  return version === undefined ? null : Number(version);
}

function libraryPath(manifest: string): string | null {
  return /"library_path"\s*:\s*"([^"]+)"/.exec(manifest)?.[1] ?? null;
}
