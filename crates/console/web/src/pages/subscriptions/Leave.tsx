// The question whether unsaved changes may be lost.
import { Button, Group, Modal, Text } from "@mantine/core";

import { useGuard } from "./useGuard";

export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const blocker = useGuard(dirty);
  if (blocker.status !== "blocked") return null;
  return (
    <Modal opened onClose={blocker.reset} title="Leave without saving?">
      <Text size="sm">What you changed here would be lost.</Text>
      <Group justify="flex-end" mt={16}>
        <Button variant="default" onClick={blocker.reset} data-autofocus>Stay</Button>
        <Button color="red" onClick={blocker.proceed}>Leave</Button>
      </Group>
    </Modal>
  );
}
