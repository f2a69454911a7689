import type { ContractName } from "../../mocks/index.ts";

/** Which contract's mock an answer is of: two contracts call an operation by the same name. */
const contractsOfAnswers = new WeakMap<Response, ContractName>();

export function noteAnswer(answer: Response, contract: ContractName): Response {
  contractsOfAnswers.set(answer, contract);
  return answer;
}

export function contractOfAnswer(answer: Response): ContractName | undefined {
  return contractsOfAnswers.get(answer);
}
