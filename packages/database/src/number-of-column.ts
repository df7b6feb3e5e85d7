const INTEGER_MAX = 2_147_483_647;

/** Whether an integer column can hold the number. One that cannot be stored is not found; PostgreSQL would report an error. */
export function isNumberOfColumn(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= INTEGER_MAX;
}
