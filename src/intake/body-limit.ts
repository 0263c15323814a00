/** The largest body of one lead that is taken, however it comes in. */
export const MostBodyBytes = 256 * 1024
