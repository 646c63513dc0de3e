export const orm = 1;
