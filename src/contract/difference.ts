/** One way in which a vendor's servers were seen to differ from their contract: a row of `specs/<contract>/profiles.yaml`. */
export type Difference = {
  readonly id: string; // "null-is-left-out": never reused or renamed
  readonly profiles: readonly string[]; // which servers do so
  readonly facts: readonly string[]; // numbers of the findings that say so: "D-79"
  readonly statement: string; // completes "a server that …"
  readonly evidence: string; // how that is known: a run, public code, public pages; with the place
  readonly laws: readonly string[]; // the laws that it breaks, as patterns of their ids after the contract's name
  readonly sometimes?: readonly string[]; // those that it breaks in some seeds, or only together with another
  readonly unjudged?: readonly string[]; // those that cannot be judged, since what they rest on is broken
  readonly creates?: number; // the most sandboxes that it costs a run of all laws, beyond what a server by the contract takes
  readonly notShown?: string; // why the mock does not show it, where it does not
};

/** The name of the profile that every contract has: no difference at all. */
export const strictProfile = "contract";
