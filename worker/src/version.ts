/** Of this package; its package.json is not beside a bundle. */
export const VERSION = '0.1.0';
