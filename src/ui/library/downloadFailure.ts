import { GanvasError } from '../../engine/errors.js';

/**
 * Why a download did not come about. Browsers tell a page only that it failed, so that what can be told apart is tried:
 * a server that answers when the answer may not be read refuses other sites (CORS).
 */
export async function downloadFailure(url: string, name: string, cause: unknown): Promise<GanvasError> {
  const { code, reason } = await reasonOf(new URL(url, document.baseURI));
  return new GanvasError(code, `${name} could not be downloaded: ${reason}`, { url }, { cause });
}

const byHand = 'Download the file in a tab of its own, then drop it here.';

async function reasonOf(address: URL): Promise<{ readonly code: string; readonly reason: string }> {
  const host = address.host === '' ? 'this computer' : address.host;
  if (!navigator.onLine && !isLocal(address)) {
    return {
      code: 'model-offline',
      reason: 'this computer is offline. Models that are kept on it can be opened from “Open…”.',
    };
  }
  if (location.protocol === 'https:' && address.protocol === 'http:' && !isLocal(address)) {
    return {
      code: 'model-insecure-address',
      reason: `a page with a secure address (https) may not read from an insecure one (http). Try https://${host}. ${byHand}`,
    };
  }
  if (address.origin !== location.origin && (await answers(address))) {
    return {
      code: 'model-cors',
      reason: `${host} answered, but does not let pages of other sites read its files (it sends no permission for cross-origin requests, CORS). ${byHand}`,
    };
  }
  return { code: 'model-unreachable', reason: `no answer from ${host}.` };
}

function isLocal({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

/** Asked without reading the answer, which is allowed everywhere; what follows its head is not waited for. */
async function answers(address: URL): Promise<boolean> {
  const asking = new AbortController();
  try {
    await fetch(address, { mode: 'no-cors', signal: asking.signal });
    return true;
  } catch {
    return false;
  } finally {
    asking.abort();
  }
}
