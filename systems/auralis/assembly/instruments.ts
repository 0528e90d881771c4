// What can be played, as the numbers that cross the boundary to the host; the host reads them from the exports.

export const PAD: i32 = 0;
export const BASS: i32 = 1;
export const LEAD: i32 = 2;
export const BELL: i32 = 3;
export const PULSE: i32 = 4;
export const WOOD: i32 = 5;
export const SHAKER: i32 = 6;
export const BRUSH: i32 = 7;
export const AIR: i32 = 8;
