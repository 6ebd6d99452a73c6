// Every delivery.
import { useNavigate, useSearch } from "@tanstack/react-router";

import { Page } from "@/ui/layout";

import { DeliveryBrowser } from "./DeliveryBrowser";

export function DeliveryList() {
  const search = useSearch({ from: "/deliveries" });
  const navigate = useNavigate({ from: "/deliveries" });
  return (
    <Page title="Deliveries" about="One event for one subscription, with every attempt and what came back.">
      <DeliveryBrowser search={search} change={(next, replace) => void navigate({ search: next, replace: replace ?? false })} />
    </Page>
  );
}
