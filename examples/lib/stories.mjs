/**
 * Tiny stories by a grammar with a rule that reaches across words: a plural subject ("three foxes") takes a plural verb
 * ("chase"), whatever stands between. `judge` says which sentences of a text keep to the grammar.
 */

const singular = ["one", "the", "this"];
const plural = ["two", "three", "many"];
const adjectives = ["red", "small", "old", "quick", "shy"];
const nouns = [
  ["fox", "foxes"],
  ["hen", "hens"],
  ["cat", "cats"],
  ["robot", "robots"],
  ["bird", "birds"],
];
const verbs = [
  ["chases", "chase"],
  ["sees", "see"],
  ["follows", "follow"],
  ["likes", "like"],
];

/** `count` sentences, chosen by `draw(n)`, which gives integers from 0 to n - 1. */
export function tellStory(count, draw) {
  const pick = (list) => list[draw(list.length)];
  const phrase = (number) => {
    const adjective = draw(2) === 0 ? "" : `${pick(adjectives)} `;
    return `${pick(number === 0 ? singular : plural)} ${adjective}${pick(nouns)[number]}`;
  };
  const sentences = Array.from({ length: count }, () => {
    const number = draw(2);
    return `${phrase(number)} ${pick(verbs)[number]} ${phrase(draw(2))}.`;
  });
  return `${sentences.join(" ")} `;
}

/** Which share of the complete sentences of a text the grammar allows, and the first few that it does not. */
export function judge(text) {
  const sentences = text.split(".").slice(0, -1);
  const wrong = sentences.filter((sentence) => !isSentence(sentence.trim().split(" ")));
  return {
    count: sentences.length,
    right: 1 - wrong.length / sentences.length,
    wrong: wrong.slice(0, 3),
  };
}

function isSentence(words) {
  const subject = readPhrase(words, 0);
  if (subject === undefined) return false;
  const verb = verbs.some((forms) => forms[subject.number] === words[subject.end]);
  const object = readPhrase(words, subject.end + 1);
  return verb && object?.end === words.length;
}

function readPhrase(words, start) {
  const number = singular.includes(words[start]) ? 0 : plural.includes(words[start]) ? 1 : -1;
  const at = adjectives.includes(words[start + 1]) ? start + 2 : start + 1;
  const known = nouns.some((forms) => forms[number] === words[at]);
  return known ? { number, end: at + 1 } : undefined;
}
