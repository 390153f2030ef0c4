const PRIME = 16_777_619;
const SEEDS = [2_166_136_261, 3_141_592_653, 2_718_281_828, 1_618_033_988];

/**
 * The uid of an object that follows from another: always the same for the same part of the same
 * object, and in the form of a UUID. Tells objects apart; keeps no secret.
 */
export function derivedUid(uid: string, part: string): string {
  const text = `${uid}/${part}`;
  const hex = SEEDS.map((seed) => hashOf(text, seed).toString(16).padStart(8, "0")).join("");
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...groups, `a${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}

/** FNV-1a, with its bits mixed once more at the end (MurmurHash3's finalizer). */
function hashOf(text: string, seed: number): number {
  let hash = seed | 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
