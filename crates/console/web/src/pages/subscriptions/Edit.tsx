// Changing a subscription.
import { useParams, useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useClient } from "urql";

import { tell, useAct, useWritten, type Refusal } from "@/api/ask";
import { Needs } from "@/shell/Needs";

import { Conflict } from "./Conflict";
import { SubscriptionForm } from "./Form";
import { LeaveGuard } from "./Leave";
import { changed, formOf, updateInput, withSettings, type FormValues, type Setting } from "./model";
import { SubscriptionPageDocument, UpdateSubscriptionDocument, ValidateChangeDocument, type SubscriptionDetailFragment } from "./subscriptions.generated";
import { useExpected } from "./useExpected";
import { useSubscription } from "./useSubscription";

export function EditTab() {
  const { id } = useParams({ from: "/subscriptions/$id/edit" });
  const subscription = useSubscription(id);
  // The form keeps what it began with, whatever happens to the subscription meanwhile.
  return subscription ? <Needs scope="MANAGE" to="change subscriptions"><EditForm key={id} began={subscription} /></Needs> : null;
}

function EditForm({ began }: { began: SubscriptionDetailFragment }) {
  const router = useRouter();
  const client = useClient();
  const written = useWritten();
  const [seen, setSeen] = useState(began);
  const base = useMemo(() => formOf(seen), [seen]);
  const [values, setValues] = useState<FormValues>(() => formOf(began));
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [theirs, setTheirs] = useState<SubscriptionDetailFragment | null>(null);
  const { act, busy } = useAct(UpdateSubscriptionDocument);
  const differs = changed(base, values);
  // Without the version: that somebody else was faster is told when it is saved.
  const expected = useExpected(ValidateChangeDocument, values, (draft) => ({ input: { ...updateInput(seen.id, seen.version, base, draft), expectedVersion: null } }), (data) => data.validateSubscriptionUpdate.refusals);
  const back = () => void router.navigate({ to: "/subscriptions/$id", params: { id: seen.id } });
  // What is saved is not lost: the guard, which does not know it before the next rendering, is not asked.
  const leave = () => void router.navigate({ to: "/subscriptions/$id", params: { id: seen.id }, ignoreBlocker: true });

  const save = async (from: FormValues, version: number, to: FormValues) => {
    const outcome = await act({ input: updateInput(seen.id, version, from, to) });
    if (outcome.ok) {
      tell("Saved. It holds for what waits already, too.");
      leave();
    } else if (outcome.refusals.some((refusal) => refusal.code === "stale")) {
      const now = await client.query(SubscriptionPageDocument, { id: seen.id, minPosition: outcome.payload?.position ?? written }, { requestPolicy: "network-only" }).toPromise();
      if (now.data?.subscription) setTheirs(now.data.subscription);
      else setRefusals(outcome.refusals);
    } else {
      setRefusals(outcome.refusals);
    }
  };
  const resolve = (mine: Setting[]) => {
    if (!theirs) return;
    const there = formOf(theirs);
    const wanted = withSettings(there, values, mine);
    setSeen(theirs);
    setValues(wanted);
    setTheirs(null);
    if (changed(there, wanted).length > 0) void save(there, theirs.version, wanted);
    else leave();
  };
  return (
    <>
      <LeaveGuard dirty={differs.length > 0} />
      <SubscriptionForm fresh={false} values={values} set={setValues} refusals={refusals} expected={expected} busy={busy} submit={() => void save(base, seen.version, values)} cancel={back}
        action="Save changes" idle={differs.length === 0} note={differs.length === 0 ? "Nothing is changed yet" : `Changes: ${differs.length}`} />
      {theirs ? <Conflict base={base} theirs={formOf(theirs)} yours={values} resolve={resolve} close={() => setTheirs(null)} /> : null}
    </>
  );
}
