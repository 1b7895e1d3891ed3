// Who this browser profile is: a non-extractable key pair, a random name, and whom it is paired with. Kept in IndexedDB, which alone can hold a CryptoKey.

const DATABASE = "countersign";
const STORE = "profile";
const ALGORITHM = {
  name: "RSA-PSS",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

/**
 * The profile's identity, made at the first call.
 * @returns {Promise<{key: CryptoKey, public: Uint8Array, profile: string, pins?: Uint8Array, deposits?: Uint8Array}>}
 */
export async function loadIdentity() {
  const database = await open();
  const identity = (await read(database, "identity")) ?? (await make(database));
  const [pins, deposits] = await Promise.all(["pins", "deposits"].map((key) => read(database, key)));
  return { ...identity, pins, deposits };
}

/** Remembers whom the profile is paired with. */
export const savePins = (pins) => save(pins, "pins");

/** Remembers what pages were given until the daemon takes it: sealed to the daemon, and to nobody else. */
export const saveDeposits = (deposits) => save(deposits, "deposits");

async function make(database) {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const identity = {
    key: pair.privateKey,
    public: new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)),
    profile: hex(crypto.getRandomValues(new Uint8Array(16))),
  };
  await settled(store(database, "readwrite").put(identity, "identity"));
  return identity;
}

function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

async function save(value, key) {
  const database = await open();
  await settled(store(database, "readwrite").put(value, key));
}

function read(database, key) {
  return settled(store(database, "readonly").get(key));
}

function store(database, mode) {
  return database.transaction(STORE, mode).objectStore(STORE);
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
