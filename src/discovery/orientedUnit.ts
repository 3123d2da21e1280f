/** A vector's direction: of length 1, and its entry of largest magnitude positive, so that runs and machines agree. */
export function orientedUnit(vector: Float64Array): Float64Array {
  let [largest, squares] = [0, 0];
  for (const value of vector) {
    if (Math.abs(value) > Math.abs(largest)) largest = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares) * Math.sign(largest);
  return length === 0 ? vector.slice() : vector.map((value) => value / length);
}
