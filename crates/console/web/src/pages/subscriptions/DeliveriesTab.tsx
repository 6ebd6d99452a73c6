// The deliveries of one subscription, with the same filters as the page of all of them.
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { DeliveryBrowser } from "@/pages/deliveries/DeliveryBrowser";

export function DeliveriesTab() {
  const { id } = useParams({ from: "/subscriptions/$id/deliveries" });
  const search = useSearch({ from: "/subscriptions/$id/deliveries" });
  const navigate = useNavigate({ from: "/subscriptions/$id/deliveries" });
  return <DeliveryBrowser search={search} change={(next, replace) => void navigate({ search: next, replace: replace ?? false })} subscriptionId={id} />;
}
