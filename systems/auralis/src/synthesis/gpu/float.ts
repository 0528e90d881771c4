/**
 * A number as an f32. One operation on two f32, rounded by this, is the operation of the CPU engine: what a pitch is
 * made of must be the same to the last bit, or phases drift apart over the seconds of a phrase.
 */
export const float: (x: number) => number = Math.fround;
