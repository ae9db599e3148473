/** A record that is not accepted, with the code of the reason (the codes of terms.Reason). */
export class Refused extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}
