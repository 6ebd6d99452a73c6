// A new subscription.
import { Anchor } from "@mantine/core";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { useAct, type Refusal } from "@/api/ask";
import { Needs } from "@/shell/Needs";
import { Page } from "@/ui/layout";

import { SubscriptionForm } from "./Form";
import { LeaveGuard } from "./Leave";
import { changed, createInput, DEFAULTS } from "./model";
import { ShownOnce, type NewSecret } from "./Secret";
import { CreateSubscriptionDocument, ValidateNewDocument } from "./subscriptions.generated";
import { useExpected } from "./useExpected";

export function CreateSubscription() {
  return (
    <Page title="New subscription" about="Events that match from now on are delivered to the endpoint, signed." back={<Anchor component={Link} to="/subscriptions" size="sm">Subscriptions</Anchor>}>
      <Needs scope="MANAGE" to="make subscriptions"><NewSubscription /></Needs>
    </Page>
  );
}

function NewSubscription() {
  const router = useRouter();
  const { act, busy } = useAct(CreateSubscriptionDocument);
  const search = useSearch({ from: "/subscriptions/new" });
  const [values, setValues] = useState(() => ({ ...DEFAULTS, endpoint: search.endpoint ?? "", eventTypes: search.type ? [search.type] : [] }));
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [made, setMade] = useState<{ id: string; secret: NewSecret | null } | null>(null);
  const expected = useExpected(ValidateNewDocument, values, (draft) => ({ input: createInput(draft) }), (data) => data.validateSubscription.refusals);
  const submit = async () => {
    const outcome = await act({ input: createInput(values) });
    if (!outcome.ok) {
      setRefusals(outcome.refusals);
      return;
    }
    const id = outcome.payload.subscription?.id;
    if (id) setMade({ id, secret: outcome.payload.secret ?? null });
  };
  const open = () => {
    if (made) void router.navigate({ to: "/subscriptions/$id", params: { id: made.id } });
  };
  return (
    <>
      <LeaveGuard dirty={made === null && changed(DEFAULTS, values).length > 0} />
      <SubscriptionForm fresh values={values} set={setValues} refusals={refusals} expected={expected} busy={busy} submit={submit} action="Create subscription"
        cancel={() => void router.navigate({ to: "/subscriptions" })} />
      {made?.secret ? <ShownOnce secret={made.secret} title="The subscription is there. This is its secret" close={open} then="Open the subscription" /> : null}
    </>
  );
}
