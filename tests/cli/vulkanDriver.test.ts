import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findVulkanDriver, type VulkanDriver } from '../../src/cli/vulkanDriver.js';

const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';
const LAVAPIPE_LIBRARY = '/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so';
const LAVAPIPE_MANIFEST = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const SWIFTSHADER_MANIFEST = '/usr/lib/chromium/vk_swiftshader_icd.json';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ganvas-driver-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function install(path: string, content = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function installLavapipe(version: string): void {
  install(LAVAPIPE_MANIFEST, '{"ICD": {"api_version": "1.4.305", "library_path": "libvulkan_lvp.so"}}');
  install(LAVAPIPE_LIBRARY, `\0ELF\0Mesa ${version} (LLVM 15.0.6)\0`);
}

function find(env: Record<string, string> = {}, platform: NodeJS.Platform = 'linux'): VulkanDriver {
  return findVulkanDriver({ env, platform, root });
}

test('a driver named by the environment is left alone', () => {
  expect(find({ VK_DRIVER_FILES: '/some/icd.json' })).toEqual({ kind: 'given' });
  expect(find({ VK_ICD_FILENAMES: '/some/icd.json' })).toEqual({ kind: 'given' });
});

test.each(['darwin', 'win32'] as const)('%s needs no Vulkan driver', (platform) => {
  expect(find({}, platform)).toEqual({ kind: 'given' });
});

test('without the loader the remedy names it, even when a driver is there', () => {
  installLavapipe('25.0.7');
  expect(find()).toMatchObject({ kind: 'none', remedy: expect.stringContaining('libvulkan1') });
});

test('the loader is also found through LD_LIBRARY_PATH and the linker cache', () => {
  installLavapipe('25.0.7');
  install('/opt/vulkan/libvulkan.so.1');
  expect(find({ LD_LIBRARY_PATH: '/nowhere:/opt/vulkan' }).kind).toBe('lavapipe');
  expect(find().kind).toBe('none');
  install('/etc/ld.so.cache', 'glibc-ld.so.cache1.1\0libvulkan.so.1\0/odd/place/libvulkan.so.1\0');
  expect(find().kind).toBe('lavapipe');
});

test.each(['/dev/dri/renderD128', '/dev/nvidia0'])(
  '%s with a driver means hardware, before any software driver',
  (device) => {
    install(LOADER);
    installLavapipe('25.0.7');
    install(device);
    expect(find().kind).toBe('lavapipe');
    install('/etc/vulkan/icd.d/nvidia_icd.json', '{}');
    expect(find()).toEqual({ kind: 'hardware' });
  },
);

test('lavapipe of Mesa 24 or newer comes before SwiftShader', () => {
  install(LOADER);
  installLavapipe('24.0.0');
  install(SWIFTSHADER_MANIFEST);
  expect(find()).toEqual({ kind: 'lavapipe', icd: join(root, LAVAPIPE_MANIFEST) });
});

test('an older lavapipe gives way to SwiftShader', () => {
  install(LOADER);
  installLavapipe('22.3.6');
  install(SWIFTSHADER_MANIFEST);
  expect(find()).toEqual({ kind: 'swiftshader', icd: join(root, SWIFTSHADER_MANIFEST) });
});

test('with neither, the remedy says what to install', () => {
  install(LOADER);
  installLavapipe('22.3.6');
  expect(find()).toMatchObject({ kind: 'none', remedy: expect.stringContaining('mesa-vulkan-drivers') });
});
