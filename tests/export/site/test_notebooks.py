"""The notebooks of the site run while other builds do."""

from pathlib import Path

from jupyter_client.connect import ConnectionFileMixin
from jupyter_client.manager import KernelManager

from export.site import notebooks


def test_kernels_are_spoken_to_in_a_folder_of_this_process(monkeypatch, tmp_path):
    monkeypatch.setattr(ConnectionFileMixin, "write_connection_file", notebooks.WRITE)
    notebooks.run_beside_others()
    manager = KernelManager(connection_file=str(tmp_path / "kernel.json"))
    manager.write_connection_file()
    told = manager.get_connection_info()
    manager.cleanup_connection_file()
    assert told["transport"] == "ipc"
    assert Path(told["ip"]).parent == Path(notebooks.SOCKETS.name)
