// The random numbers of numpy.random.RandomState(seed), which NEP 19 froze for ever: one seed gives
// the same network and the same minibatches here and in Python.
//
// MT19937 follows M. Matsumoto and T. Nishimura, "Mersenne Twister" (ACM TOMACS 8, 1998), with
// their init_genrand and genrand_res53; the Gaussians come from Marsaglia's polar method in the
// order in which numpy's legacy generator hands them out.

const WORDS = 624;
const MIDDLE = 397;

export class RandomState {
  #state = new Uint32Array(WORDS);
  #used = WORDS;
  /** @type {number | undefined} The second Gaussian of a pair, kept for the next call. */
  #spare;

  /** @param {number} seed from 0 to 2^32 - 1 */
  constructor(seed) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < WORDS; i++) {
      state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /**
   * The next numbers from N(0, 1).
   * @param {number} count
   */
  standardNormal(count) {
    const numbers = new Float64Array(count);
    let at = 0;
    if (this.#spare !== undefined && count > 0) {
      numbers[at++] = this.#spare;
      this.#spare = undefined;
    }
    while (at < count) {
      let x, y, squared;
      do {
        x = 2 * this.#uniform() - 1;
        y = 2 * this.#uniform() - 1;
        squared = x * x + y * y;
      } while (squared >= 1 || squared === 0);
      const factor = Math.sqrt((-2 * Math.log(squared)) / squared);
      numbers[at++] = factor * y;
      if (at < count) numbers[at++] = factor * x;
      else this.#spare = factor * x;
    }
    return numbers;
  }

  /**
   * The numbers 0 to count - 1 in a random order, as numpy.random.RandomState(seed).permutation.
   * @param {number} count
   */
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.#below(i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  /**
   * A whole number from 0 to `most`: as many random bits as that has, until they are not more.
   * @param {number} most
   */
  #below(most) {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    let value;
    do value = (this.#word() & mask) >>> 0;
    while (value > most);
    return value;
  }

  /** Uniform on [0, 1) with 53 random bits. */
  #uniform() {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** The next 32 random bits. */
  #word() {
    if (this.#used === WORDS) this.#twist();
    let word = this.#state[this.#used++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist() {
    const state = this.#state;
    for (let i = 0, next = 1, far = MIDDLE; i < WORDS; i++, next++, far++) {
      if (next === WORDS) next = 0;
      if (far === WORDS) far = 0;
      const joined = (state[i] & 0x80000000) | (state[next] & 0x7fffffff);
      state[i] = state[far] ^ (joined >>> 1) ^ (-(joined & 1) & 0x9908b0df);
    }
    this.#used = 0;
  }
}
