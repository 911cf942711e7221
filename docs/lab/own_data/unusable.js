/** What is wrong with a visitor's file, in one sentence. */
export class Unusable extends Error {}
