// Vectors of unit length in planted clusters. Each topic has a direction; the first rows of an owner on a topic stand so
// near to it that they are its best answers in a known order, and all others of the topic visibly further away.
import { hashText, mix, randomFrom } from './random.ts';
import { topicCount } from './state.ts';

/** Cosine to the topic's direction of the planted ones, best first. */
const near = [0.99, 0.97, 0.95];

const centers = new Map<string, Float64Array>();

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function unit(vector: Float64Array): Float64Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  return vector.map((value) => value / length);
}

/** How many topics find a direction of their own in so many dimensions. */
export const directions = (dimensions: number): number => Math.min(topicCount, dimensions);

/** The direction of a topic, which is also the question's vector. */
export function centerOf(seed: number, topic: number, dimensions: number): Float64Array {
  const key = `${seed} ${topic} ${dimensions}`;
  const known = centers.get(key);
  if (known !== undefined) return known;
  const vector = new Float64Array(dimensions);
  // In few dimensions random directions come too close to each other: there they are the axes.
  if (dimensions < 48) vector[topic % dimensions] = 1;
  else {
    const random = randomFrom(mix(seed, hashText('center'), topic, dimensions));
    for (let index = 0; index < dimensions; index++) vector[index] = normal(random);
  }
  const made = unit(vector);
  centers.set(key, made);
  return made;
}

/** `rank` as in Place. `number` tells rows apart. */
export function vectorFor(seed: number, topic: number, rank: number, number: number, dimensions: number): Float64Array {
  const own = topic % directions(dimensions);
  const center = centerOf(seed, own, dimensions);
  const random = randomFrom(mix(seed, number, topic, rank));
  const planted = own === topic ? near[rank] : undefined;
  const cosine = planted ?? 0.45 + 0.35 * random();
  const noise = new Float64Array(dimensions);
  let along = 0;
  for (let index = 0; index < dimensions; index++) {
    const value = random() - 0.5;
    noise[index] = value;
    along += value * (center[index] ?? 0);
  }
  let sum = 0;
  for (let index = 0; index < dimensions; index++) {
    const value = (noise[index] ?? 0) - along * (center[index] ?? 0);
    noise[index] = value;
    sum += value * value;
  }
  // In one dimension nothing is left beside the direction.
  const scale = sum < 1e-12 ? 0 : Math.sqrt((1 - cosine * cosine) / sum);
  const towards = scale === 0 ? 1 : cosine;
  for (let index = 0; index < dimensions; index++)
    noise[index] = towards * (center[index] ?? 0) + scale * (noise[index] ?? 0);
  return noise;
}

export function vectorText(vector: Float64Array): string {
  let text = '[';
  for (let index = 0; index < vector.length; index++) {
    if (index > 0) text += ',';
    text += Math.round((vector[index] ?? 0) * 1e6) / 1e6;
  }
  return `${text}]`;
}

/** pgvector's sparse form: `{1:0.5,3:0.2}/4`. */
export function sparseText(vector: Float64Array): string {
  const parts: string[] = [];
  for (const [index, value] of vector.entries())
    if (Math.abs(value) >= 5e-7 && parts.length < 1000) parts.push(`${index + 1}:${Math.round(value * 1e6) / 1e6}`);
  return `{${parts.join(',')}}/${vector.length}`;
}
